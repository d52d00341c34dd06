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
    private Func<InsiderOrder, Guise>? _guise;
    private Tally _tally = new();

    /// <returns>The answer to what the parent says, for the parent: that it began, or all that it did since.</returns>
    public string? Hear(string line)
    {
        if (InsiderOrder.Read(line) is { } order)
        {
            // Before that adversary is at work: it may be asked for a frame at once.
            var guise = order.Adversary == InsiderProgram.SlowDisk ? null : _guise!(order);
            _tally = guise?.Tally ?? new();
            (_mood.SlowFlushes, _mood.Guise) = (guise is null ? _tally : null, guise);
            return InsiderProgram.Began;
        }

        if (line != InsiderProgram.End)
        {
            return null;
        }

        (_mood.SlowFlushes, _mood.Guise) = (null, null);
        return _tally.Deeds.ToLine();
    }

    public HostSettings Fit(HostSettings settings) =>
        settings with { Ports = Fit, Disk = disk => new SlowDisk(disk, _mood) };

    private PumpPorts Fit(ReplicaSettings settings, PumpPorts ports)
    {
        _guise = order => Make(order, settings, ports);
        return ports with
        {
            Network = new MoodyNetwork(_mood, ports.Network),
            ShareSigner = new MoodyShares(_mood, ports.ShareSigner),
        };
    }

    private Guise Make(InsiderOrder order, ReplicaSettings settings, PumpPorts ports)
    {
        // What decides whether anything is done at all is not left to the dice: the parent says it by name.
        var seat = new Seat(
            ports.Network,
            ports.Signer,
            settings.Genesis,
            settings.Self,
            new Dice((ulong)settings.Self.Site.Index),
            new OtherStory(),
            _delays.Add)
        {
            Way = order.Way,
            Victim = order.Victim,
        };
        return Guise.Of(order.Adversary, seat, ports.ShareSigner);
    }
}

/// <summary>What the replica is up to. The parent's thread sets it, the pump's reads it.</summary>
internal sealed class Mood
{
    private volatile Guise? _guise;
    private volatile Tally? _slowFlushes;

    /// <summary>Null while it is a correct one.</summary>
    public Guise? Guise
    {
        get => _guise;
        set => _guise = value;
    }

    /// <summary>Counts them; null while the disk is as quick as it can be.</summary>
    public Tally? SlowFlushes
    {
        get => _slowFlushes;
        set => _slowFlushes = value;
    }
}
