using Holdfast.Simulation.Costs;

namespace Holdfast.Simulation.Tests;

/// <summary>What somebody in the network who ends connections for a moment does to a site.</summary>
public sealed class ResetTests
{
    private const long Second = 1_000_000;

    private readonly VirtualTime _time = new();
    private readonly VirtualNetwork _network;
    private readonly VirtualReplica[] _replicas;
    private long _longest;
    private long _answered;

    public ResetTests()
    {
        var dice = new Dice(1);
        var keys = WorldKeys.Create(new WorldOptions { Sites = 1, Faults = 1 }, dice.Fork());
        var places = new PlaceTable(keys.Genesis, clientsPerSite: 1);
        _network = new VirtualNetwork(_time, dice.Fork(), places.Count, (_, _) => 100);
        var around = new Surroundings(
            _time, _network, keys, new Judge(keys.Genesis, keys.Verifier), places, TimeSpan.Zero, 4 << 20, _ => { })
        {
            HasHangUps = true,
        };
        _replicas = [.. Enumerable.Range(0, places.Replicas).Select(place => new VirtualReplica(
            around, places.ReplicaAt(place)!.Value, dice.Fork(), new VirtualStateStore(), corrupt: null))];
        Array.ForEach(_replicas, replica => replica.StartUnlessRunning());
        _time.RunUntil(Second);
        _ = new SteadyClient(around, client: 0, dice.Fork(), latency =>
        {
            (_longest, _answered) = (Math.Max(_longest, latency), _answered + 1);
        });
        _time.RunUntil(2 * Second);
    }

    /// <summary>Else a short attack in the network would give the next faulty primary half a minute.</summary>
    [Fact]
    public void A_site_whose_connections_were_ended_again_and_again_is_no_more_patient_with_a_silent_primary()
    {
        for (var reset = 0; reset < 20; reset++)
        {
            foreach (var backup in _replicas.Where(backup => backup.Place != Primary))
            {
                _network.Reset(backup.Place, Primary, microseconds: 40_000);
            }

            _time.RunUntil(_time.Now + (Second / 5));
        }

        Assert.InRange(_replicas[0].Pump!.Status.View.Number, 10UL, 20UL);
        _longest = 0;
        var answered = _answered;
        var silent = Primary;
        foreach (var backup in _replicas.Where(backup => backup.Place != silent))
        {
            _network.Cut(silent, backup.Place);
        }

        _time.RunUntil(_time.Now + (3 * Second));

        Assert.True(_answered > answered, "no answer within three seconds");
        Assert.InRange(_longest, Second / 20, Second);
    }

    private int Primary => _replicas.Where(replica => replica.IsRunning).MaxBy(replica => replica.Pump!.Status.View.Number)!
        .Pump!.Status.Primary;
}
