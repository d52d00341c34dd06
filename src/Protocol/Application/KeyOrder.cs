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

    /// <summary>The very next key: this one and a zero byte.</summary>
    public static Bytes After(Bytes key) => key.Concat([0]);
}
