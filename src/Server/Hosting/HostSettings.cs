using Holdfast.Node;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>How a replica is run here, beside what its folder says.</summary>
public sealed record HostSettings
{
    public required ILoggerFactory Loggers { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public SavePolicy Saving { get; init; } = SavePolicy.Usual;

    public long JournalSegmentBytes { get; init; } = 64L << 20;

    /// <summary>Of the journal behind the stored state so much is kept, for replicas that missed something.</summary>
    public long JournalRetainedBytes { get; init; } = 64L << 20;

    /// <summary>For demonstrations on one machine: what goes to other sites is held back by <see cref="OneWay"/>, and
    /// what goes to far replicas of the own site by <see cref="OneWayToPeers"/>. The caller keeps and ends it.</summary>
    public EmulatedDelay? WideArea { get; init; }

    /// <summary>From this replica's site to each site; empty for none.</summary>
    public IReadOnlyList<TimeSpan> OneWay { get; init; } = [];

    /// <summary>From this replica to each of its own site, where that is spread over places that are far from each other;
    /// empty for none.</summary>
    public IReadOnlyList<TimeSpan> OneWayToPeers { get; init; } = [];

    /// <summary>Where this process shows its numbers, for the status report; null if it does not.</summary>
    public Uri? MetricsAt { get; init; }

    /// <summary>For tests that put something between a replica and its world: what the pump gets instead of its
    /// ports.</summary>
    internal Func<ReplicaSettings, PumpPorts, PumpPorts> Ports { get; init; } = static (_, ports) => ports;

    /// <summary>The same for the disk under the journal.</summary>
    internal Func<IDisk, IDisk> Disk { get; init; } = static disk => disk;

    public TimeSpan DelayTo(SiteId site) => site.Index < OneWay.Count ? OneWay[site.Index] : TimeSpan.Zero;

    public TimeSpan DelayToPeer(int replica) =>
        replica < OneWayToPeers.Count ? OneWayToPeers[replica] : TimeSpan.Zero;
}
