using System.Globalization;
using Holdfast.Simulation.Costs;

namespace Holdfast.Simulation.Pauses;

/// <summary>
/// Measures how long clients wait when something befalls a calm system under load: replicas and clients of production
/// in virtual time, three sites 25 ms apart. Each draw has other primaries, representatives and moments; equal code and
/// draws give equal figures on any machine.
/// </summary>
public sealed class PauseWorld
{
    private const int Sites = CalmWorld.Sites;
    private const int ClientsPerSite = 2;
    private const long Second = CalmWorld.Second;

    private const long TellEvery = 1_000;
    private const long TellWaitsFrom = 150_000;

    // A time-out that a change of views has doubled comes back after ten seconds of calm.
    private const long ShuffledUntil = 2 * Second;
    private const long ClientsBegin = 13 * Second;
    private const long Befalls = 15 * Second;
    private const long CutFor = 5 * Second;
    private const long WatchedFor = 3 * Second;

    private readonly PauseScene _scene;
    private readonly Dice _dice;
    private readonly CalmWorld _world;
    private readonly long[] _answeredAt = new long[Sites * ClientsPerSite];
    private readonly long[] _longest = new long[Sites * ClientsPerSite];
    private readonly Action<string> _tell;
    private readonly string[] _told;

    private PauseWorld(PauseScene scene, ulong draw, Action<string>? write)
    {
        (_scene, _dice) = (scene, new Dice(Mix.Of(draw, 0x50617573)));
        Action<long, string> tell = (now, what) => write?.Invoke(
            string.Create(CultureInfo.InvariantCulture, $"{now / (double)Second,10:F6} {what}"));
        _world = new(
            scene.Faults,
            ClientsPerSite,
            _dice,
            tell,
            around => around with { HasHangUps = scene.HangsUp });
        _tell = what => tell(_world.Time.Now, what);
        _told = new string[_world.Places.Replicas];
    }

    /// <exception cref="Checkers.CheckFailedException">Something false happened.</exception>
    public static Pause Measure(PauseScene scene, ulong draw, Action<string>? write = null)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return new PauseWorld(scene, draw, write).Run();
    }

    private Pause Run()
    {
        _world.Start();
        Shuffle();
        _world.Time.RunUntil(ClientsBegin);
        foreach (var client in Clients)
        {
            _ = new SteadyClient(_world.Around, client, _dice.Fork(), _ => Answered(client));
        }

        _world.Time.RunUntil(Befalls + _dice.Between(0, Second));
        var leading = Any(0).Status.LeadingSite.Index;
        var views = Views();
        var watched = Befall(leading);
        Array.Clear(_longest);
        var end = _world.Time.Now + WatchedFor;
        while (_world.Time.Now < end)
        {
            _world.Time.RunUntil(_world.Time.Now + TellEvery);
            TellChanges();
        }

        // Whoever still waits has waited for so long.
        var waits = watched.Select(client => Math.Max(_longest[client], _world.Time.Now - _answeredAt[client]));
        return new(
            TimeSpan.FromMicroseconds(waits.Max()),
            Views().Zip(views, (now, before) => Math.Max(now, before) - before).Max());
    }

    /// <summary>Replicas die for a moment here and there, so that each draw has its own primaries and
    /// representatives.</summary>
    private void Shuffle()
    {
        for (var site = 0; site < Sites; site++)
        {
            for (var deaths = _dice.Below(2); deaths > 0; deaths--)
            {
                var replica = _world.Of(site)[_dice.Below(_world.Of(site).Length)];
                var time = _dice.Between(Second / 2, ShuffledUntil);
                _world.Time.At(time, replica.Crash);
                _world.Time.At(time + (Second / 2), replica.StartUnlessRunning);
            }
        }
    }

    /// <returns>The clients of whom something is promised.</returns>
    private IEnumerable<int> Befall(int leading)
    {
        switch (_scene.Misfortune)
        {
            case Misfortune.DeadPrimaries:
                Kill(site => Any(site).Status.Primary);
                break;
            case Misfortune.DeadRepresentatives:
                Kill(site => RepresentativeTo(site, site == leading ? (leading + 1) % Sites : leading));
                break;
            case Misfortune.DeadLeadingSite:
                Array.ForEach(_world.Of(leading), replica => replica.StayAway());
                return Clients.Where(client => _world.Places.SiteOfClient(client) != leading);
            case Misfortune.LeadingSiteCutOff:
                Cut((one, other) => one == leading || other == leading);
                break;
            case Misfortune.AllSitesCutOff:
                Cut((_, _) => true);
                break;
        }

        return Clients;
    }

    private static IEnumerable<int> Clients => Enumerable.Range(0, Sites * ClientsPerSite);

    private void Kill(Func<int, int> first)
    {
        for (var site = 0; site < Sites; site++)
        {
            var (replicas, from) = (_world.Of(site), first(site));
            for (var next = 0; next < _scene.Faults; next++)
            {
                replicas[(from + next) % replicas.Length].StayAway();
            }
        }
    }

    private void Cut(Func<int, int, bool> isCut)
    {
        for (var from = 0; from < _world.Places.Replicas; from++)
        {
            for (var to = 0; to < _world.Places.Replicas; to++)
            {
                var (one, other) = (_world.Places.SiteAt(from), _world.Places.SiteAt(to));
                if (one != other && isCut(one, other))
                {
                    _world.Network.Cut(from, to);
                }
            }
        }

        _world.Time.RunUntil(_world.Time.Now + CutFor);
        _world.Network.MendAll();
        Array.Fill(_answeredAt, _world.Time.Now);
    }

    /// <summary>What became of views and of the pairs that carry links.</summary>
    private void TellChanges()
    {
        foreach (var replica in _world.Replicas.Where(replica => replica.IsRunning))
        {
            var status = replica.Pump!.Status;
            var now = $"view {status.View.Number}, global view {status.GlobalView.Number}, "
                + string.Join(", ", status.Links.Select(
                    link => $"to {link.Peer} by {link.Representative} to {link.Receiver}"));
            if (_told[replica.Place] != now)
            {
                _told[replica.Place] = now;
                _tell($"{replica.Id}: {now}; executed {status.GlobalExecuted}");
            }
        }
    }

    private void Answered(int client)
    {
        if (_world.Time.Now - _answeredAt[client] > TellWaitsFrom)
        {
            _tell($"client {client} waited {(_world.Time.Now - _answeredAt[client]) / 1000} ms");
        }

        _longest[client] = Math.Max(_longest[client], _world.Time.Now - _answeredAt[client]);
        _answeredAt[client] = _world.Time.Now;
    }

    private Node.Pump Any(int site) => _world.Of(site).Select(replica => replica.Pump).OfType<Node.Pump>()
        .MaxBy(pump => pump.Status.Executed)!;

    private ulong[] Views() => [.. Enumerable.Range(0, Sites)
        .Select(site => _world.Of(site).Max(replica => replica.Pump?.Status.View.Number ?? 0))];

    private int RepresentativeTo(int site, int peer) =>
        Any(site).Status.Links.Single(link => link.Peer.Index == peer).Representative;
}
