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

    public string Adversary { get; set; } = string.Empty;

    /// <summary>What the parent says.</summary>
    public void Hear(string line) => _mood.IsBad = line switch
    {
        InsiderProgram.Begin => true,
        InsiderProgram.End => false,
        _ => _mood.IsBad,
    };

    public HostSettings Fit(HostSettings settings) => Adversary == InsiderProgram.SlowDisk
        ? settings with { Disk = disk => new SlowDisk(disk, _mood) }
        : settings with { Ports = Fit };

    private PumpPorts Fit(ReplicaSettings settings, PumpPorts ports)
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
        var adversary = Simulation.Adversaries.Adversary.Create(Adversary, seat);
        return ports with
        {
            Network = new MoodyNetwork(_mood, ports.Network, adversary),
            ShareSigner = new MoodyShares(_mood, ports.ShareSigner, adversary.Around(ports.ShareSigner)),
        };
    }
}

/// <summary>Whether the adversary is at work. The parent's thread sets it, the pump's reads it.</summary>
internal sealed class Mood
{
    private volatile bool _isBad;

    public bool IsBad
    {
        get => _isBad;
        set => _isBad = value;
    }
}
