using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client.Tests;

/// <summary>
/// A model of what is behind the client port: one global order that any correct replica may add to, replicas that
/// execute it at their own pace, f liars in each site, and connections that delay, lose and break. It stands for the
/// whole of the protocol below the client, and shares nothing with it but how an entry is executed.
/// </summary>
internal sealed class ModelSystem
{
    private readonly Dice _dice;
    private readonly int _lossPercent;
    private readonly List<ClientRequest> _order = [];
    private readonly PriorityQueue<Action, (long Time, ulong Number)> _agenda = new();
    private readonly SortedDictionary<ReplicaId, ModelReplica> _replicas = [];
    private readonly ModelReplica _truth;
    private readonly ClientSession _session;
    private ulong _events;
    private ulong _lastTicket;

    public ModelSystem(ulong seed, int sites, int faults, int lossPercent)
    {
        _dice = new Dice(seed);
        _lossPercent = lossPercent;
        Genesis = Stage.MakeGenesis(sites, faults);
        _truth = new ModelReplica(new(new(0), 0), Genesis, isLiar: false, _dice);
        _session = new ClientSession(new ClientSessionSettings
        {
            Genesis = Genesis,
            Preference = Genesis.Preference,
            Client = Stage.Client,
            Sign = message => IdealKeys.Sign(Stage.Client, message),
            Verifier = new IdealKeys(),
            Seed = _dice.Bytes(32),
            ClockZero = default,
        });
        for (var site = 0; site < sites; site++)
        {
            var liars = Enumerable.Range(0, faults).Select(_ => _dice.Below((3 * faults) + 1)).ToHashSet();
            for (var index = 0; index < Genesis.Sites[site].Size.Replicas; index++)
            {
                var replica = new ReplicaId(new(site), index);
                _replicas.Add(replica, new ModelReplica(replica, Genesis, liars.Contains(index), _dice));
                Connect(replica);
            }
        }
    }

    public Genesis Genesis { get; }

    public Instant Now { get; private set; } = new(1);

    public SortedDictionary<ulong, ClientOutcome> Outcomes { get; } = [];

    /// <summary>The total after each entry, from none on: what a true answer of a prefix can be.</summary>
    public IReadOnlyList<ulong> Totals => _truth.Totals;

    public ClientSession Session => _session;

    public ulong Update(string body) => Step(ticket => new ClientInput.Update(
        ticket, Stage.App(body), ReceiptWanted: false, Timestamp.Never, Instant.Never));

    public ulong Query(QueryLevel level, string body = "") => Step(ticket => new ClientInput.Query(
        ticket, Bytes.FromText(body), level, ReceiptWanted: false, Instant.Never));

    /// <summary>Runs until all has an outcome; false if that does not happen in a minute of the model's time.</summary>
    public bool Run()
    {
        var end = Now + TimeSpan.FromMinutes(1);
        while ((ulong)Outcomes.Count < _lastTicket)
        {
            var wake = _session.NextWake;
            if (_agenda.TryPeek(out _, out var next) && next.Time <= wake.Microseconds)
            {
                Now = new(Math.Max(Now.Microseconds, next.Time));
                _agenda.Dequeue()();
            }
            else
            {
                Now = wake > Now ? wake : Now;
                Feed(new ClientInput.Tick());
            }

            if (Now > end)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How often a body was executed, in all.</summary>
    public ulong TimesExecuted(string body) => TallyMachine.Decode(_truth.Query(Bytes.FromText(body)).Result);

    /// <summary>Lets the truth be known up to the end of the order.</summary>
    public void ExecuteAll() => _truth.Execute(_order, _order.Count);

    /// <summary>Cuts a connection; what is under way on it is lost. It comes back after a while.</summary>
    public void Break(ReplicaId replica)
    {
        _replicas[replica].Connection++;
        Feed(new ClientInput.Disconnected(replica));
        After(_dice.Below(300_000), () => Connect(replica));
    }

    private void Connect(ReplicaId replica)
    {
        _replicas[replica].Connection++;
        Feed(new ClientInput.Connected(replica, default));
    }

    private ulong Step(Func<ulong, ClientInput> input)
    {
        Feed(input(++_lastTicket));
        return _lastTicket;
    }

    private void Feed(ClientInput input)
    {
        var effects = new ClientEffects();
        _session.Step(Now, input, effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ClientEffect.Send send:
                    Carry(send.Replica, () => OnFrame(send.Replica, Recode(send.Frame)));
                    break;
                case ClientEffect.Complete complete:
                    Outcomes.Add(complete.Ticket, complete.Outcome);
                    break;
            }
        }
    }

    private void OnFrame(ReplicaId to, ClientFrame frame)
    {
        var replica = _replicas[to];
        if (frame is Request request && (!replica.IsLiar || _dice.Percent(50)))
        {
            After(1000 + _dice.Below(20_000), () => Order(request.Body, to.Site));
        }

        replica.Execute(_order, _dice.Below(_order.Count + 1));
        foreach (var answer in replica.Answer(frame))
        {
            Say(to, answer);
        }
    }

    /// <summary>An update may be ordered several times, from several sites: execution sees to it that it runs
    /// once.</summary>
    private void Order(ClientRequest request, SiteId site)
    {
        if (request.Level == RequestLevel.Update)
        {
            _order.Add(request);
        }

        var at = _order.Count;
        foreach (var replica in _replicas.Values.Where(replica => replica.Name.Site == site))
        {
            After(_dice.Below(30_000), () =>
            {
                replica.Execute(_order, at);
                if (replica.Conclude(request, at) is { } reply)
                {
                    Say(replica.Name, reply);
                }
            });
        }
    }

    private void Say(ReplicaId from, ClientFrame frame) =>
        Carry(from, () => Feed(new ClientInput.Received(from, Recode(frame))));

    /// <summary>Over the connection as it is now, if it lives that long.</summary>
    private void Carry(ReplicaId replica, Action arrive)
    {
        var connection = _replicas[replica].Connection;
        if (!_dice.Percent(_lossPercent))
        {
            After(100 + _dice.Below(3000), () =>
            {
                if (_replicas[replica].Connection == connection)
                {
                    arrive();
                }
            });
        }
    }

    private void After(int microseconds, Action action) =>
        _agenda.Enqueue(action, (Now.Microseconds + microseconds, _events++));

    private static ClientFrame Recode(ClientFrame frame) => ClientFrames.Decode(frame.Encode().Span)!;
}
