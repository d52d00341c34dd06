namespace Holdfast.Simulation.Checkers;

/// <summary>
/// Whether one sequential run of each register explains what clients saw. Every value is written once, so each read
/// names its write, and the question can be answered exactly in little time (Gibbons and Korach, Testing Shared
/// Memories, 1997). A write whose outcome its client never learned may have happened at any time after its call, or
/// never.
/// </summary>
/// <param name="promise">Names what is broken if nothing explains a history.</param>
public sealed class Linearizability(string promise = nameof(Linearizability))
{
    /// <summary>The value that a register has before its first write.</summary>
    public const long NeverWritten = Registers.NeverWritten;

    private readonly SortedDictionary<int, List<Call>> _histories = [];

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
            if (Contradiction(history) is { } found)
            {
                var calls = history.Where(call => call.IsOver || call.IsWrite).OrderBy(call => call.CalledAt);
                throw new CheckFailedException(
                    promise, $"register {register}: {found}; all: {string.Join("; ", calls)}");
            }
        }
    }

    private static string? Contradiction(List<Call> history)
    {
        var values = new SortedDictionary<long, SpanOfValue> { [NeverWritten] = SpanOfValue.OfTheStart() };
        foreach (var write in history.Where(call => call.IsWrite))
        {
            values.Add(write.Value, new SpanOfValue(write));
        }

        foreach (var read in history.Where(call => !call.IsWrite && call.IsOver))
        {
            if (!values.TryGetValue(read.Value, out var value))
            {
                return $"nobody wrote what was read: {read}";
            }

            if (value.Write is { } write && read.ReturnedAt < write.CalledAt)
            {
                return $"{read} saw {write} before that was called";
            }

            value.Include(read);
        }

        // What never returned and nobody saw need not have happened.
        return Overlap([.. values.Values.Where(value => value.IsSeen)]);
    }

    /// <summary>Two values that must both have stood at one time, or null. A value with a call that began after another
    /// had returned stood all the time between; any other stood for a moment of its own choice.</summary>
    private static string? Overlap(SpanOfValue[] values)
    {
        var lasting = values.Where(value => value.Lasts).OrderBy(value => value.FirstReturn).ToArray();
        foreach (var (one, next) in lasting.Zip(lasting.Skip(1)))
        {
            if (next.FirstReturn < one.LastCall)
            {
                return $"{one} and {next} stood at the same time";
            }
        }

        foreach (var moment in values.Where(value => !value.Lasts))
        {
            // Lasting spans do not overlap, so the last one that begins before the moment is the only one to look at.
            var around = Array.FindLast(lasting, one => one.FirstReturn < moment.LastCall);
            if (around is not null && moment.FirstReturn < around.LastCall)
            {
                return $"{moment} stood while {around} did";
            }
        }

        return null;
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

    /// <summary>The write of one value and all reads that saw it.</summary>
    private sealed class SpanOfValue(Linearizability.Call? write)
    {
        public Call? Write => write;

        public long FirstReturn { get; private set; } = write?.ReturnedAt ?? long.MinValue;

        public long LastCall { get; private set; } = write?.CalledAt ?? long.MinValue;

        public bool IsSeen { get; private set; } = write?.IsOver ?? true;

        public bool Lasts => FirstReturn < LastCall;

        public static SpanOfValue OfTheStart() => new(write: null);

        public void Include(Call read)
        {
            IsSeen = true;
            FirstReturn = Math.Min(FirstReturn, read.ReturnedAt);
            LastCall = Math.Max(LastCall, read.CalledAt);
        }

        public override string ToString() =>
            write is null ? "the first value" : $"{write}, seen in ({FirstReturn}, {LastCall})";
    }
}
