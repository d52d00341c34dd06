using Holdfast.Cli.Attacks;
using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Server.Hosting;
using Holdfast.Simulation;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Insider;

/// <summary>Sits between a replica and its world: a correct one until it is told to begin, and again when it is told
/// to stop.</summary>
internal sealed class Inside
{
    private readonly Mood _mood = new();
    private readonly Delays _delays = new();
    private Func<string, Guise>? _guise;

    /// <summary>What the parent says.</summary>
    public void Hear(string line)
    {
        if (line.StartsWith(InsiderProgram.Begin, StringComparison.Ordinal))
        {
            var name = line[InsiderProgram.Begin.Length..];
            _mood.IsDiskSlow = name == InsiderProgram.SlowDisk;
            _mood.Guise = _mood.IsDiskSlow ? null : _guise!(name);
        }
        else if (line == InsiderProgram.End)
        {
            (_mood.IsDiskSlow, _mood.Guise) = (false, null);
        }
    }

    public HostSettings Fit(HostSettings settings) =>
        settings with { Ports = Fit, Disk = disk => new SlowDisk(disk, _mood) };

    private PumpPorts Fit(ReplicaSettings settings, PumpPorts ports)
    {
        _guise = name => Make(name, settings, ports);
        return ports with
        {
            Network = new MoodyNetwork(_mood, ports.Network),
            ShareSigner = new MoodyShares(_mood, ports.ShareSigner),
        };
    }

    private Guise Make(string name, ReplicaSettings settings, PumpPorts ports)
    {
        var self = settings.Self;

        // From 3 on the dice let the first three sites meet the three ways of bad shares.
        var seat = new Seat(
            ports.Network,
            ports.Signer,
            settings.Genesis,
            self,
            new Dice((ulong)self.Site.Index + 3),
            new OtherStory(),
            _delays.Add);
        var adversary = Adversary.Create(name, seat);
        return new Guise(adversary, adversary.Around(ports.ShareSigner));
    }
}

/// <summary>What is at work instead of the true network and shares.</summary>
internal sealed record Guise(IReplicaNetwork Network, IShareSigner Shares);

/// <summary>What the replica is up to. The parent's thread sets it, the pump's reads it.</summary>
internal sealed class Mood
{
    private volatile Guise? _guise;
    private volatile bool _isDiskSlow;

    /// <summary>Null while it is a correct one.</summary>
    public Guise? Guise
    {
        get => _guise;
        set => _guise = value;
    }

    public bool IsDiskSlow
    {
        get => _isDiskSlow;
        set => _isDiskSlow = value;
    }
}
