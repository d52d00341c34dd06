using Holdfast.Client;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation.Clients;

/// <summary>
/// An application with the client that it would have in production: the same <see cref="ClientSession"/>, over virtual
/// connections. It asks for several things at once, at every level, wants proof of some, gives some up, and sometimes
/// dies and begins anew.
/// </summary>
internal sealed class VirtualClient
{
    /// <summary>Long enough for all that was on the way to a dead client to have arrived: a new connection never brings
    /// what was sent on an old one.</summary>
    private const long Pause = 3_000_000;

    private const long PatienceForProof = 20_000_000;

    // Of programs that share a key: these queries come before their first update, and their numbers are like no client's.
    private const int QueriesFirst = 6;
    private const int ProgramsNumber = 1 << 16;

    private readonly Surroundings _world;
    private readonly int _client;
    private readonly int? _program;
    private readonly int _place;
    private readonly Dice _dice;
    private readonly Habits _habits;
    private readonly long _until;
    private readonly SortedDictionary<ulong, ClientCall> _waiting = [];
    private ClientProcess? _life;
    private int _lives;
    private ulong _lastTicket;
    private int _asked;

    /// <param name="program">Which one it is of several that have this client's key; null if it has it alone. Those begin
    /// anew more often, ask some queries before they open a session, and ask alike.</param>
    public VirtualClient(Surroundings world, int client, int? program, Dice dice, long until)
    {
        (_world, _client, _program, _dice, _until) = (world, client, program, dice, until);
        _place = world.Places.AllOf(world.Keys.ClientKey(client)).ElementAt(program ?? 0);
        _habits = Habits.Of(dice, world, client);
        world.Network.Listen(_place, (from, frame) => _life?.Receive(from, frame));
        world.Time.After(dice.Between(0, 50_000), Begin);
        if (program is not null || dice.OneIn(5))
        {
            world.Time.At(dice.Between(0, until * 2 / 3), Die);
        }
    }

    /// <summary>Nothing is out, and nothing will be asked any more.</summary>
    public bool IsDone => _waiting.Count == 0 && _world.Time.Now >= _until;

    public long Answered { get; private set; }

    private string Name => $"client {_client}{(_program is { } one ? $", program {one}," : "")} in life {_lives}";

    private void Begin()
    {
        _lives++;
        _asked = 0;
        _life = new ClientProcess(
            _world,
            _client,
            _dice,
            _habits.Preference,
            _habits.RequestsInFlight,
            OnComplete,
            (replica, reason) => _world.Trace($"{Name} refuses what {replica} says: {reason}"),
            _place);
        AskLater();
    }

    /// <summary>The process is gone, and what it waited for nobody will learn.</summary>
    private void Die()
    {
        if (_life is { } life)
        {
            _world.Trace($"{Name} dies");
            life.Close();
            _life = null;
            foreach (var call in _waiting.Values)
            {
                _world.Judge.Progress.Done(call.Name);
            }

            _waiting.Clear();
            _world.Time.After(Pause, Begin);
        }
    }

    private void AskLater()
    {
        var life = _life;
        _world.Time.After(_dice.Between(1_000, _habits.PauseMost), () =>
        {
            if (life == _life && _world.Time.Now < _until)
            {
                var count = _dice.OneIn(8) ? _habits.AtOnce : 1;
                for (; count > 0 && _waiting.Count < _habits.AtOnce; count--)
                {
                    Ask();
                }

                AskLater();
            }
        });
    }

    private void Ask()
    {
        var ticket = ++_lastTicket;
        var register = _dice.Below(Registers.Count);

        // Unlike every other number in the world: the client, then its count.
        var unique = ((long)(_program == 1 ? ProgramsNumber : _client + 1) << 32) + (long)ticket;
        QueryLevel? level = _dice.Below(100) switch
        {
            < 50 => null,
            < 70 => QueryLevel.Local,
            < 85 => QueryLevel.Ordered,
            _ => QueryLevel.Global,
        };
        if (_program is not null && _asked++ < QueriesFirst)
        {
            level ??= QueryLevel.Ordered;
        }

        var isWrite = level is null && !_dice.OneIn(6);
        var call = new ClientCall(
            $"{level?.ToString() ?? "Update"} {ticket} of {Name} on register {register}",
            level,
            isWrite ? Registers.Write(register, unique)
                : Registers.Read(register, level is not null && _program is not null ? 0 : unique),
            _world.Time.Now,
            level is null && _dice.OneIn(12) ? _world.WallClock + Milliseconds(-100, 2_000) : Timestamp.Never,
            level != QueryLevel.Local && _dice.OneIn(6));
        _waiting.Add(ticket, call);
        _world.Judge.Clients.Asked(call);
        _world.Judge.Progress.Waits(call.Name);
        Hurry(ticket, call, out var deadline);
        _life!.Step(level is { } known
            ? new ClientInput.Query(ticket, call.Operation, known, call.ReceiptWanted, deadline)
            : new ClientInput.Update(
                ticket, new(OperationKind.Application, call.Operation), call.ReceiptWanted, call.NotAfter, deadline));
    }

    /// <summary>Some are given up: at a deadline, or by a whim. Proof is waited for long enough to have the outcome in
    /// any case; that it comes too is not promised, since a power cut may have taken it.</summary>
    private void Hurry(ulong ticket, ClientCall call, out Instant deadline)
    {
        deadline = call.ReceiptWanted
            ? _life!.Clock.Now + TimeSpan.FromMicroseconds(_until + PatienceForProof - _world.Time.Now)
            : Instant.Never;
        if (_dice.OneIn(12))
        {
            deadline = _life!.Clock.Now + Milliseconds(5, 3_000);
            call.IsAbandoned = true;
        }
        else if (_dice.OneIn(12))
        {
            call.IsAbandoned = true;
            var life = _life;
            _world.Time.After(_dice.Between(0, 500_000), () =>
            {
                if (life == _life)
                {
                    life!.Step(new ClientInput.Cancel(ticket));
                }
            });
        }
    }

    private TimeSpan Milliseconds(long least, long most) => TimeSpan.FromMilliseconds(_dice.Between(least, most));

    private void OnComplete(ulong ticket, ClientOutcome outcome)
    {
        if (!_waiting.Remove(ticket, out var call))
        {
            throw new CheckFailedException(nameof(HonestOutcomes), $"{Name} was told of {ticket}, which does not wait");
        }

        _world.Trace($"{call.Name}: {outcome.Outcome} {outcome.Reason} {outcome.Because} at {outcome.Position}");
        _world.Judge.Progress.Done(call.Name);
        _world.Judge.Clients.Told(Name, call, outcome, _world.Time.Now);
        Answered += outcome.Outcome is Outcome.Committed or Outcome.Answered ? 1 : 0;
    }

    /// <summary>How one application uses its client.</summary>
    /// <param name="AtOnce">Operations that it waits for at the same time.</param>
    private sealed record Habits(
        ValueList<SiteId> Preference, int RequestsInFlight, int AtOnce, long PauseMost)
    {
        public static Habits Of(Dice dice, Surroundings world, int client)
        {
            var (sites, own) = (world.Keys.Genesis.Sites.Count, world.Places.SiteOfClient(client));
            var first = dice.Below(sites);
            var others = Enumerable.Range(0, dice.OneIn(4) ? 0 : sites).Select(turn => (first + turn) % sites);
            return new(
                ValueList.From(others.Prepend(own).Distinct().Select(site => new SiteId(site))),
                dice.OneIn(2) ? 4 : 1,
                1 + dice.Below(6),
                dice.OneIn(2) ? 400_000 : 800_000);
        }
    }
}
