using Holdfast.Cryptography;
using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>What a client is told when it is made.</summary>
public sealed record ClientSettings
{
    /// <summary>Which system, and where its replicas are.</summary>
    public required Topology Topology { get; init; }

    /// <summary>The client's own key; the system must know its public half. Disposed of by its owner, after the
    /// client.</summary>
    public required SigningKey Key { get; init; }

    /// <summary>The site to talk to.</summary>
    public SiteId Site { get; init; } = new(0);

    /// <summary>Where to turn when the own site is cut off or does not take an update, in this order. Null for all
    /// other sites, as the topology lists them; empty for none.</summary>
    public IReadOnlyList<SiteId>? OtherSites { get; init; }

    /// <summary>How long an operation is waited for unless its caller says otherwise.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Signed requests of one kind that may be out at the same time; operations gather while they
    /// are.</summary>
    public int RequestsInFlight { get; init; } = 4;

    /// <summary>Operations under way and waiting; one more is refused with <see
    /// cref="ClientReason.QueueFull"/>.</summary>
    public int OperationsMax { get; init; } = 4096;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reads the two files of a client's folder, as <c>holdfast init</c> writes it: <c>topology.json</c> and
    /// <c>client.key</c>.</summary>
    /// <exception cref="TopologyException">The topology cannot be used.</exception>
    /// <exception cref="KeyFileException">The key cannot be used.</exception>
    public static ClientSettings FromFolder(string folder) => new()
    {
        Topology = TopologyText.Read(File.ReadAllText(Path.Combine(folder, "topology.json"))),
        Key = KeyFiles.ReadSigningKey(Path.Combine(folder, "client.key"), KeyKind.Client),
    };
}
