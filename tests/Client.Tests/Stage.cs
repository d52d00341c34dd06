using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client.Tests;

/// <summary>A client's session on a stage: the test plays all replicas.</summary>
internal sealed class Stage
{
    public static readonly Bytes Client = IdealKeys.Key("client");
    public static readonly GlobalPosition SessionAt = new(new(10), 0);
    public static readonly Bytes Seed = Digest.Of([7]).ToBytes();
    public static readonly ulong FirstQuery = SessionState.FirstQueryNumber(Seed);
    private ulong _lastTicket;
    private ulong _lastLocal;

    public Stage(int sites = 1, int faults = 1, Func<ClientSessionSettings, ClientSessionSettings>? change = null)
    {
        Genesis = MakeGenesis(sites, faults);
        var settings = new ClientSessionSettings
        {
            Genesis = Genesis,
            Preference = Genesis.Preference,
            Client = Client,
            Sign = message => IdealKeys.Sign(Client, message),
            Verifier = new IdealKeys(),
            Seed = Seed,
            ClockZero = new(1_700_000_000_000_000),
        };
        Session = new ClientSession(change is null ? settings : change(settings));
    }

    public Genesis Genesis { get; }

    public ClientSession Session { get; }

    public ClientEffects Effects { get; } = new();

    public Instant Now { get; private set; } = new(1_000_000);

    public SiteSize Size => Genesis.Sites[0].Size;

    public IReadOnlyList<ClientEffect.Send> Sent => [.. Effects.OfType<ClientEffect.Send>()];

    public IReadOnlyList<ClientRequest> Requests =>
        [.. Sent.Select(sent => sent.Frame).OfType<Request>().Select(one => one.Body)];

    public IReadOnlyList<ClientOutcome> Outcomes =>
        [.. Effects.OfType<ClientEffect.Complete>().Select(complete => complete.Outcome)];

    public IReadOnlyList<Rejection> Rejections =>
        [.. Effects.OfType<ClientEffect.Reject>().Select(reject => reject.Reason)];

    public static ReplicaId Replica(int index, int site = 0) => new(new(site), index);

    public static Genesis MakeGenesis(int sites, int faults, string machine = "tally")
    {
        var size = new SiteSize(faults);
        var keys = ValueList.From(Enumerable.Repeat(Digest.Of([1]).ToBytes(), size.Replicas));
        return new Genesis(
            Digest.Of([9]).ToBytes(),
            ValueList.From(Enumerable.Range(0, sites)
                .Select(site => new GenesisSite(size, IdealKeys.Key($"site {site}"), keys, keys))),
            ValueList.From(Enumerable.Range(0, sites).Select(site => new SiteId(site))),
            [new GenesisClient(Client, Roles.Reader | Roles.Writer)],
            machine,
            1);
    }

    /// <summary>All effects so far are forgotten; the step's remain.</summary>
    public Stage Step(ClientInput input)
    {
        Effects.Clear();
        Session.Step(Now, input, Effects);
        return this;
    }

    public Stage Pass(int milliseconds)
    {
        Now += TimeSpan.FromMilliseconds(milliseconds);
        return Step(new ClientInput.Tick());
    }

    public Stage Connect(int site = 0, ulong view = 0)
    {
        for (var replica = 0; replica < Genesis.Sites[site].Size.Replicas; replica++)
        {
            Step(new ClientInput.Connected(Replica(replica, site), new(view)));
        }

        return this;
    }

    /// <summary>All sites are connected and a session is open.</summary>
    public Stage Open()
    {
        for (var site = 0; site < Genesis.Sites.Count; site++)
        {
            Connect(site);
        }

        Update("opens the session");
        var opening = Requests[0];
        Reply(0, opening, Committed(1, SessionAt));
        Reply(1, opening, Committed(1, SessionAt));
        var first = Requests[0];
        Reply(0, first, Committed(1, new(new(11), 0)));
        Reply(1, first, Committed(1, new(new(11), 0)));
        return this;
    }

    public Stage Update(string body, bool receipt = false, int deadlineMilliseconds = 0) => Step(new ClientInput.Update(
        ++_lastTicket, App(body), receipt, Timestamp.Never, DeadlineIn(deadlineMilliseconds)));

    public Stage Query(string body, QueryLevel level, int deadlineMilliseconds = 0) => Step(new ClientInput.Query(
        ++_lastTicket, Bytes.FromText(body), level, ReceiptWanted: false, DeadlineIn(deadlineMilliseconds)));

    public Stage Cancel(ulong? ticket = null) => Step(new ClientInput.Cancel(ticket ?? _lastTicket));

    public Stage Receive(int replica, ClientFrame frame, int site = 0) =>
        Step(new ClientInput.Received(Replica(replica, site), frame));

    public Stage Reply(int replica, ClientRequest request, params OperationResult[] results) =>
        ReplyFrom(replica, 0, request, results);

    public Stage ReplyFrom(int replica, int site, ClientRequest request, params OperationResult[] results) =>
        Receive(replica, new Reply(default, 0, ReplyTo(request, results)), site);

    public Stage AgedReply(int replica, long age, ClientRequest request, params OperationResult[] results) =>
        Receive(replica, new Reply(default, age, ReplyTo(request, results)));

    public ClientReply ReplyTo(ClientRequest request, params OperationResult[] results) =>
        new(Client, request.Session, request.RequestDigest(Genesis.Cluster), request.Level, new(results));

    public Stage LocalAnswer(int replica, string result, ulong changedAt, ulong readAt, long age = 0)
    {
        var id = _lastLocal;
        var body = Bytes.FromText(result);
        return Receive(replica, new LocalAnswer(id, body, new(changedAt), new(readAt), age, Rejection.None));
    }

    /// <summary>Remembers the local query that was just sent, so that <see cref="LocalAnswer"/> answers it.</summary>
    public LocalQuery AskedLocally()
    {
        var query = Sent.Select(sent => sent.Frame).OfType<LocalQuery>().First();
        _lastLocal = query.Id;
        return query;
    }

    public static Operation App(string body) => new(OperationKind.Application, Bytes.FromText(body));

    public static OperationResult Committed(ulong number, GlobalPosition at, string result = "") =>
        new(number, Outcome.Committed, RefusedBecause.None, at, default, Bytes.FromText(result));

    public static OperationResult Answered(ulong number, ulong position, ulong changedAt, string result) =>
        Committed(number, new(new(position), 0), result) with
        {
            Outcome = Outcome.Answered,
            ChangedAt = new(changedAt),
        };

    public static OperationResult Said(ulong number, Outcome outcome, RefusedBecause because) =>
        new(number, outcome, because, default, default, Bytes.Empty);

    private Instant DeadlineIn(int milliseconds) =>
        milliseconds == 0 ? Instant.Never : Now + TimeSpan.FromMilliseconds(milliseconds);
}
