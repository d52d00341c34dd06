namespace Holdfast.Protocol;

/// <summary>What follows from the order of keys: unsigned bytes, a shorter key before the longer ones that begin with
/// it.</summary>
public static class KeyOrder
{
    /// <summary>The first key after all that begin with the prefix; null if there is none (the prefix is empty or all
    /// 0xFF).</summary>
    public static Bytes? EndOfPrefix(Bytes prefix)
    {
        for (var last = prefix.Length - 1; last >= 0; last--)
        {
            if (prefix.Span[last] < byte.MaxValue)
            {
                var end = prefix.Span[..(last + 1)].ToArray();
                end[last]++;
                return new Bytes(end);
            }
        }

        return null;
    }

    /// <summary>Where a range of keys under a prefix ends.</summary>
    /// <param name="to">The range's end below the prefix; null for all that begin with it.</param>
    public static Bytes? EndUnder(Bytes prefix, Bytes? to) => to is { } end ? prefix.Concat(end.Span) : EndOfPrefix(prefix);

    /// <summary>The very next key: this one and a zero byte.</summary>
    public static Bytes After(Bytes key) => key.Concat([0]);
}
