using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What became of the operations of one request, in their order.</summary>
public sealed record RequestResult(ClientRequest Request, ValueList<OperationResult> Results);

/// <summary>The state is of another application, or of another version of it or of the site machine, than this program
/// runs.</summary>
public sealed class WrongMachineException(string expected, string found)
    : Exception($"The state is one of '{found}', this program runs '{expected}'. Start the program that fits it.");

/// <summary>The global part of a site's state: application, sessions, clients. A function of the genesis and of the
/// executed global entries alone, so equal at all sites that are equally far. All of it is in one map: to store or
/// transfer it is to store or transfer the map.</summary>
public sealed class GlobalState
{
    private readonly AuthenticatedMap _map;
    private readonly IStateMachine _machine;
    private readonly ApplicationState _application;
    private readonly Clients _clients;
    private readonly Sessions _sessions;
    private readonly SiteLives _lives;

    // Of each client, in the entry that is executed.
    private readonly SortedDictionary<Bytes, long> _work = [];
    private GlobalHeader _header;

    /// <summary>Goes on from a map that was stored or received.</summary>
    public GlobalState(MapSnapshot map, IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(machine);
        var expected = Title(machine.Name, machine.Version, SiteMachine.Version);
        _header = GlobalHeader.Load(map) ?? throw new WrongMachineException(expected, "nothing known");
        var found = Title(_header.Application, _header.ApplicationVersion, _header.MachineVersion);
        if (found != expected)
        {
            throw new WrongMachineException(expected, found);
        }

        (_map, _machine) = (new AuthenticatedMap(map), machine);
        _application = new(_map.Under(GlobalLayout.Application));
        (_clients, _sessions, _lives) = (new Clients(_map), new Sessions(_map), new SiteLives(_map));
    }

    public Digest Cluster => _header.Cluster;

    public GlobalSequence Executed => _header.Executed;

    public Timestamp GlobalTime => _header.GlobalTime;

    /// <summary>When the application wants an entry at the latest, by GlobalTime; null for never.</summary>
    public Timestamp? NextDeadline
    {
        get
        {
            _application.BeginOperation();
            try
            {
                return _machine.NextDeadline(_application);
            }
            catch (Exception failure) when (ApplicationFailure.IsDeterministic(failure))
            {
                // Every replica meets the same exception, on data that clients chose perhaps: then nothing is due.
                return null;
            }
        }
    }

    /// <summary>The state before the first entry.</summary>
    public static GlobalState Begin(Genesis genesis, IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(machine);
        var map = new AuthenticatedMap();
        new GlobalHeader(
            genesis.Cluster,
            genesis.Application,
            genesis.ApplicationVersion,
            genesis.MachineVersion,
            default,
            default).Save(map);
        var clients = new Clients(map);
        foreach (var client in genesis.Clients)
        {
            clients.Set(client.PublicKey, client.Roles, default);
        }

        return new GlobalState(map.Snapshot(), machine);
    }

    public Roles RolesOf(Bytes client) => _clients.RolesOf(client);

    /// <summary>The state as it is now, for ever.</summary>
    public GlobalSnapshot Snapshot() => new(_map.Snapshot(), Executed, GlobalTime, _machine);

    /// <summary>Whether a map is the Global part of that place, and one with which this replica's program can go
    /// on.</summary>
    public static bool CanBe(MapSnapshot map, GlobalSequence at, ReplicaSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return GlobalHeader.Load(map) is { } header
            && header.Executed == at
            && header.Cluster == settings.Genesis.Cluster
            && header.Application == settings.Application.Name
            && header.ApplicationVersion == settings.Application.Version
            && header.MachineVersion == SiteMachine.Version;
    }

    /// <summary>Goes on from another site's state, which is further.</summary>
    public void Install(MapSnapshot map)
    {
        var header = GlobalHeader.Load(map);
        Invariant.Holds(header is not null && header.Executed > Executed, "X4");
        _map.Restore(map);
        _header = header;
    }

    /// <summary>Executes the next entry of the global order. Reads nothing but this state and the arguments.</summary>
    public ValueList<RequestResult> Execute(
        GlobalSequence sequence, Timestamp globalTime, IReadOnlyList<ClientRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        Invariant.Holds(sequence == Executed.Next, "X1");

        // A time that goes back would let an operation run that was too late already: it stays where it was.
        _header = _header with { Executed = sequence, GlobalTime = Timestamp.Later(GlobalTime, globalTime) };
        _header.Save(_map);
        _sessions.EndIdle(GlobalTime);
        MeetDeadline();

        var (results, place) = (new List<RequestResult>(), 0U);
        _work.Clear();
        foreach (var request in requests)
        {
            results.Add(new RequestResult(request, Execute(request, ref place)));
        }

        return ValueList.From(results);
    }

    /// <summary>What this state already says about every operation of a request; null while any of them could still be
    /// executed. So a repeated request is answered without ordering it again.</summary>
    public ValueList<OperationResult>? Settled(ClientRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (results, number) = (new List<OperationResult>(), request.FirstNumber);
        var name = new SessionName(request.Client, request.Session);
        var session = _sessions.Find(name);

        // A session of the future may only look as if it did not exist: this state is behind.
        if (request.Level != RequestLevel.Update || (session is null && request.Session.Sequence > Executed))
        {
            return null;
        }

        foreach (var operation in request.Operations)
        {
            var digest = operation.Digest(Cluster, request.Client, request.Session, number);
            if (Remembered(operation, name, session, number, digest) is not { } result)
            {
                return null;
            }

            results.Add(result);
            number++;
        }

        return ValueList.From(results);
    }

    private ValueList<OperationResult> Execute(ClientRequest request, ref uint place)
    {
        var results = new OperationResult[request.Operations.Count];
        var name = new SessionName(request.Client, request.Session);
        var session = request.Level == RequestLevel.Update ? _sessions.Find(name) : null;
        session = session is null ? null : _sessions.Use(name, session, request.DoneUpTo, Executed, GlobalTime);
        for (var index = 0; index < results.Length; index++)
        {
            var position = new GlobalPosition(Executed, place++);
            results[index] = ExecuteOne(request, index, name, ref session, position);
        }

        if (session is not null)
        {
            _sessions.Save(name, session);
        }

        return new(results);
    }

    /// <summary>The rule of at most once, in its order.</summary>
    private OperationResult ExecuteOne(
        ClientRequest request, int index, SessionName name, ref SessionRecord? session, GlobalPosition position)
    {
        var (operation, number) = (request.Operations[index], request.FirstNumber + (ulong)index);
        if (request.Level != RequestLevel.Update)
        {
            return NotExecuted(number, Outcome.NotTaken, RefusedBecause.MalformedOperation);
        }

        var digest = operation.Digest(Cluster, name.Client, name.Session, number);
        if (Remembered(operation, name, session, number, digest) is { } remembered)
        {
            return remembered;
        }

        if (session is null)
        {
            return OpenSession(request, number, digest, position);
        }

        if (IsAboveWindow(session, number))
        {
            return NotExecuted(number, Outcome.NotTaken, RefusedBecause.AboveWindow);
        }

        if (_work.GetValueOrDefault(name.Client) >= Limits.StateAccessesPerEntry)
        {
            return NotExecuted(number, Outcome.NotTaken, RefusedBecause.Overloaded);
        }

        var isLate = GlobalTime > request.NotAfter;
        if (operation.Kind == OperationKind.CloseSession && !isLate)
        {
            _sessions.End(name, session);
            session = null;
            return Result(number, Outcome.Committed, RefusedBecause.None, position);
        }

        var result = isLate
            ? Result(number, Outcome.Rejected, RefusedBecause.TooLate, position)
            : Run(name, operation, number, position);
        session = _sessions.Record(name, session, new RecordedResult(digest, result));
        return result;
    }

    /// <summary>What is known of an operation without executing it; null if it is for execution to say.</summary>
    private OperationResult? Remembered(
        Operation operation,
        SessionName name,
        SessionRecord? session,
        ulong number,
        Digest digest)
    {
        if (session is null)
        {
            if (operation.Kind != OperationKind.OpenSession || name.Session != default)
            {
                return NotExecuted(number, Outcome.Unknown, RefusedBecause.NoSession);
            }

            if (_sessions.OpenedBy(name.Client, digest) is { } opened)
            {
                return Result(number, Outcome.Committed, RefusedBecause.None, opened);
            }

            return _sessions.HasOpened(name.Client, digest)
                ? NotExecuted(number, Outcome.Unknown, RefusedBecause.NoSession)
                : null;
        }

        if (number <= session.Floor)
        {
            return NotExecuted(number, Outcome.Unknown, RefusedBecause.BelowFloor);
        }

        if (_sessions.Recorded(name, number) is not { } recorded)
        {
            return null;
        }

        return recorded.Operation == digest
            ? recorded.Result
            : NotExecuted(number, Outcome.Rejected, RefusedBecause.NumberReused);
    }

    private OperationResult OpenSession(ClientRequest request, ulong number, Digest digest, GlobalPosition position)
    {
        if (GlobalTime > request.NotAfter)
        {
            return Result(number, Outcome.Rejected, RefusedBecause.TooLate, position);
        }

        if (_clients.RolesOf(request.Client) == Roles.None)
        {
            return Result(number, Outcome.Rejected, RefusedBecause.NotPermitted, position);
        }

        _sessions.Open(new SessionName(request.Client, position), digest, request.NotAfter, GlobalTime);
        return Result(number, Outcome.Committed, RefusedBecause.None, position);
    }

    private OperationResult Run(SessionName name, Operation operation, ulong number, GlobalPosition position)
    {
        var roles = _clients.RolesOf(name.Client);
        switch (operation.Kind)
        {
            case OperationKind.Application when roles.HasFlag(Roles.Writer):
                return RunApplication(new(position, GlobalTime, name.Client), operation.Body, number);
            case OperationKind.Administration when roles.HasFlag(Roles.Operator):
                var refusal = Administer(operation.Body);
                var outcome = refusal == RefusedBecause.None ? Outcome.Committed : Outcome.Rejected;
                return Result(number, outcome, refusal, position);
            case OperationKind.Application or OperationKind.Administration:
                return Result(number, Outcome.Rejected, RefusedBecause.NotPermitted, position);
            default:
                return Result(number, Outcome.Rejected, RefusedBecause.MalformedOperation, position);
        }
    }

    private OperationResult RunApplication(OperationContext context, Bytes operation, ulong number)
    {
        var refusal = RefusedBecause.ApplicationFailed;
        _application.BeginOperation();
        _map.Attempt();
        try
        {
            var result = _machine.Execute(context, operation, _application);
            if (result.Length <= Limits.ResultBytes)
            {
                _map.Conclude(isKept: true);
                return new(
                    number, Outcome.Committed, RefusedBecause.None, context.Position, default, result);
            }

            refusal = RefusedBecause.ResultTooLarge;
        }
        catch (Exception failure) when (ApplicationFailure.IsDeterministic(failure))
        {
            // Every replica meets the same exception, so it is a result like any other.
        }
        finally
        {
            // What was in vain has taken as long as what was not.
            _work[context.Client] = _work.GetValueOrDefault(context.Client) + _application.Accesses;
        }

        _map.Conclude(isKept: false);
        return Result(number, Outcome.Rejected, refusal, context.Position);
    }

    private void MeetDeadline()
    {
        if (NextDeadline is not { } deadline || deadline > GlobalTime)
        {
            return;
        }

        var isKept = false;
        _application.BeginOperation();
        _map.Attempt();
        try
        {
            _machine.OnDeadline(new(new(Executed, uint.MaxValue), GlobalTime, Bytes.Empty), _application);
            isKept = true;
        }
        catch (Exception failure) when (ApplicationFailure.IsDeterministic(failure))
        {
            // Every replica meets it alike, and goes on as if nothing had been due.
        }

        _map.Conclude(isKept);
    }

    /// <summary>The life of a site, as operators have told it.</summary>
    public uint LifeOf(SiteId site) => _lives.Of(site);

    private RefusedBecause Administer(Bytes body)
    {
        switch (Administration.Decode(body))
        {
            case Administration.RejoinSite rejoin when rejoin.Life == _lives.Of(rejoin.Site) + 1:
                _lives.Set(rejoin.Site, rejoin.Life);
                return RefusedBecause.None;
            case Administration.SetClient set when !_clients.HasRoom(set.Client):
                return RefusedBecause.Overloaded;
            case Administration.SetClient set
                when set.Roles.HasFlag(Roles.Operator) || !_clients.IsLastOperator(set.Client):
                _clients.Set(set.Client, set.Roles, Executed);
                return RefusedBecause.None;
            case Administration.RemoveClient remove when !_clients.IsLastOperator(remove.Client):
                _clients.Remove(remove.Client);
                _sessions.OnClientRemoved(remove.Client);
                return RefusedBecause.None;
            case null:
                return RefusedBecause.MalformedOperation;
            default:
                return RefusedBecause.NotPermitted;
        }
    }

    private static bool IsAboveWindow(SessionRecord session, ulong number)
    {
        var above = number - session.Floor;
        return above > SessionLimits.Window || (above > 1 && session.RecordedBytes >= SessionLimits.RecordedBytes);
    }

    /// <summary>Without a position: replicas that are not equally far say this alike.</summary>
    private static OperationResult NotExecuted(ulong number, Outcome outcome, RefusedBecause because) =>
        Result(number, outcome, because, default);

    private static OperationResult Result(
        ulong number, Outcome outcome, RefusedBecause because, GlobalPosition position) =>
        new(number, outcome, because, position, default, Bytes.Empty);

    private static string Title(string application, uint version, uint machineVersion) =>
        $"{application} {version} on machine {machineVersion}";
}
