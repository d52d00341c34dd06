namespace Holdfast.Simulation.Tests.Checkers;

/// <summary>Says whether a short history of one register has a sequential explanation, by trying every order: slow and
/// simple enough to be believed.</summary>
internal static class EveryOrder
{
    /// <summary>One call; what never returned has no end.</summary>
    public sealed record Call(bool IsWrite, long Value, long CalledAt, long ReturnedAt)
    {
        public bool IsOver => ReturnedAt != long.MaxValue;
    }

    public static bool Explains(IReadOnlyList<Call> calls) => From([.. calls], value: 0);

    private static bool From(List<Call> left, long value)
    {
        // What never returned need not have happened.
        if (left.TrueForAll(call => !call.IsOver))
        {
            return true;
        }

        foreach (var next in left.ToArray())
        {
            var mayBeNext = left.TrueForAll(other => other.ReturnedAt >= next.CalledAt)
                && (next.IsWrite || (next.IsOver && next.Value == value));
            if (mayBeNext)
            {
                left.Remove(next);
                var isExplained = From(left, next.IsWrite ? next.Value : value);
                left.Add(next);
                if (isExplained)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
