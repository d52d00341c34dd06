using Holdfast.Client;

namespace Holdfast.Simulation.Clients;

/// <summary>One process of a client: the session of production, over virtual connections and a clock of its
/// own.</summary>
internal sealed class ClientProcess
{
    private readonly Surroundings _world;
    private readonly ClientSession _session;
    private readonly ClientRoads _roads;
    private readonly Action<ulong, ClientOutcome> _completed;
    private readonly Action<ReplicaId, Rejection> _refused;
    private bool _isClosed;
    private long _planned = long.MaxValue;

    /// <param name="preference">The sites that it turns to, the first one first.</param>
    /// <param name="completed">Told what became of what it was asked.</param>
    /// <param name="refused">Told of what it does not believe.</param>
    /// <param name="place">Where it sits in the network; null for the place that its key has.</param>
    public ClientProcess(
        Surroundings world,
        int client,
        Dice dice,
        ValueList<SiteId> preference,
        int requestsInFlight,
        Action<ulong, ClientOutcome> completed,
        Action<ReplicaId, Rejection> refused,
        int? place = null)
    {
        (_world, _completed, _refused) = (world, completed, refused);
        var signer = world.Keys.ClientSigner(client);
        Clock = new VirtualClock(world.Time, dice, world.Skew);
        _session = new ClientSession(new ClientSessionSettings
        {
            Genesis = world.Keys.Genesis,
            Preference = preference,
            Client = world.Keys.ClientKey(client),
            Sign = message => signer.Sign(message.Span),
            Verifier = world.Keys.Verifier,
            Seed = dice.Bytes(32),
            ClockZero = world.WallClock + TimeSpan.FromMicroseconds(-Clock.Now.Microseconds),
            RequestsInFlight = requestsInFlight,
        });
        _roads = new ClientRoads(world, place ?? world.Places.OfClient(client), signer, dice.Fork(), Step);
        _roads.Reach(preference[0]);
    }

    public VirtualClock Clock { get; }

    public void Receive(int from, Bytes frame) => _roads.Receive(from, frame);

    /// <summary>It is gone: nothing leaves any more.</summary>
    public void Close()
    {
        _isClosed = true;
        _roads.Close();
    }

    public void Step(ClientInput input)
    {
        var effects = new ClientEffects();
        _session.Step(Clock.Now, input, effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ClientEffect.Send(var replica, var frame):
                    _roads.Send(replica, frame);
                    break;
                case ClientEffect.Reach(var site):
                    _roads.Reach(site);
                    break;
                case ClientEffect.Complete(var ticket, var outcome):
                    _completed(ticket, outcome);
                    break;
                case ClientEffect.Reject(var replica, var reason):
                    _refused(replica, reason);
                    break;
            }
        }

        PlanWake();
    }

    private void PlanWake()
    {
        var wake = _session.NextWake == Instant.Never
            ? long.MaxValue
            : Math.Max(Clock.WorldTime(_session.NextWake), _world.Time.Now + 1);
        if (wake >= _planned)
        {
            return;
        }

        _planned = wake;
        _world.Time.At(wake, () =>
        {
            // What was planned later and runs earlier makes this plan void.
            if (!_isClosed && _planned == wake)
            {
                _planned = long.MaxValue;
                Step(new ClientInput.Tick());
            }
        });
    }
}
