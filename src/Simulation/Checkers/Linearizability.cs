namespace Holdfast.Simulation.Checkers;

/// <summary>
/// Explains what clients saw by one sequential run of each register (Wing and Gong 1993, with Lowe's memory of
/// configurations). A write whose outcome its client never learned may have happened at any time after its call, or
/// never.
/// </summary>
public sealed class Linearizability
{
    /// <summary>Configurations tried for one register before the search is given up.</summary>
    public const int ConfigurationsMax = 2_000_000;

    /// <summary>The value that a register has before its first write.</summary>
    public const long NeverWritten = 0;

    private readonly SortedDictionary<int, List<Call>> _histories = [];

    /// <summary>Registers whose search was given up: nothing is known of them.</summary>
    public int GivenUp { get; private set; }

    /// <summary>A client calls; the answer comes by <see cref="Call.Return"/>, or never.</summary>
    public Call Begin(int register, bool isWrite, long value, long now)
    {
        var call = new Call(isWrite, now) { Value = value };
        if (!_histories.TryGetValue(register, out var history))
        {
            _histories[register] = history = [];
        }

        history.Add(call);
        return call;
    }

    /// <summary>Throws if a register's history has no sequential explanation.</summary>
    public void Conclude()
    {
        foreach (var (register, history) in _histories)
        {
            Call[] calls = [.. history.Where(call => call.IsWrite || call.IsOver).OrderBy(call => call.CalledAt)];
            var verdict = new Search(calls).Run();
            if (verdict is null)
            {
                GivenUp++;
            }
            else if (verdict == false)
            {
                throw new CheckFailedException(
                    nameof(Linearizability),
                    $"register {register}: no order explains {string.Join("; ", calls.AsEnumerable())}");
            }
        }
    }

    /// <summary>One call of a client.</summary>
    public sealed class Call(bool isWrite, long calledAt)
    {
        public bool IsWrite { get; } = isWrite;

        public long CalledAt { get; } = calledAt;

        public long ReturnedAt { get; private set; } = long.MaxValue;

        /// <summary>What was written, or what a read gave.</summary>
        public long Value { get; internal set; }

        public bool IsOver => ReturnedAt != long.MaxValue;

        public void Return(long now, long value) => (ReturnedAt, Value) = (now, value);

        public override string ToString() =>
            $"{(IsWrite ? "write" : "read")} {Value} [{CalledAt}, {(IsOver ? ReturnedAt.ToString(null, null) : "?")}]";
    }

    /// <summary>The search over one register: which call may come next, again and again.</summary>
    private sealed class Search(Call[] calls)
    {
        private readonly HashSet<(string Taken, long Value)> _seen = [];
        private readonly bool[] _taken = new bool[calls.Length];
        private int _configurations;

        /// <summary>True or false, or null if the search was given up.</summary>
        public bool? Run() => From(first: 0, NeverWritten);

        private bool? From(int first, long value)
        {
            while (first < calls.Length && _taken[first])
            {
                first++;
            }

            // What never returned need not have happened.
            if (calls.Skip(first).Where((_, index) => !_taken[first + index]).All(call => !call.IsOver))
            {
                return true;
            }

            if (++_configurations > ConfigurationsMax)
            {
                return null;
            }

            return _seen.Add((Name(first), value)) ? Next(first, value) : false;
        }

        private bool? Next(int first, long value)
        {
            var mustBeCalledBefore = Earliest(first);
            for (var index = first; index < calls.Length && calls[index].CalledAt <= mustBeCalledBefore; index++)
            {
                var call = calls[index];
                if (_taken[index] || (!call.IsWrite && call.Value != value))
                {
                    continue;
                }

                _taken[index] = true;
                var verdict = From(first, call.IsWrite ? call.Value : value);
                _taken[index] = false;
                if (verdict != false)
                {
                    return verdict;
                }
            }

            return false;
        }

        /// <summary>Nothing that was called after another call's return may come before that.</summary>
        private long Earliest(int first)
        {
            var earliest = long.MaxValue;
            for (var index = first; index < calls.Length && calls[index].CalledAt <= earliest; index++)
            {
                if (!_taken[index])
                {
                    earliest = Math.Min(earliest, calls[index].ReturnedAt);
                }
            }

            return earliest;
        }

        private string Name(int first)
        {
            var last = Array.FindLastIndex(_taken, isTaken => isTaken);
            var taken = _taken.Skip(first).Take(last - first + 1).Select(isTaken => isTaken ? '1' : '0');
            return $"{first}:{string.Concat(taken)}";
        }
    }
}
