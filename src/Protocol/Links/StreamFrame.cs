namespace Holdfast.Protocol;

/// <summary>How a body takes one place or, over <see cref="Limits.StreamBodyBytes"/>, several places of a stream: one
/// byte says whether more of it follows.</summary>
public static class StreamFrame
{
    private const byte Last = 0;
    private const byte MoreFollows = 1;
    private const int PartMax = Limits.StreamBodyBytes - 1;

    public static IEnumerable<Bytes> Cut(Bytes body)
    {
        var from = 0;
        do
        {
            var length = Math.Min(PartMax, body.Length - from);
            var part = new byte[length + 1];
            part[0] = from + length < body.Length ? MoreFollows : Last;
            body.Span.Slice(from, length).CopyTo(part.AsSpan(1));
            yield return new Bytes(part);
            from += length;
        }
        while (from < body.Length);
    }

    /// <summary>False if it is no part of anything.</summary>
    public static bool TryRead(Bytes framed, out bool moreFollows, out ReadOnlySpan<byte> part)
    {
        moreFollows = !framed.IsEmpty && framed.Span[0] == MoreFollows;
        part = framed.IsEmpty ? default : framed.Span[1..];
        return !framed.IsEmpty && framed.Span[0] <= MoreFollows;
    }
}
