using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Takes frames apart and puts others together.</summary>
internal static class Forgery
{
    // Format, kind, speaker; then the signature with its count.
    private const int HeadBytes = 3;

    /// <summary>The word in a frame, if that replica said it itself; else null.</summary>
    public static SiteWord? WordOf(int replica, Bytes frame)
    {
        var reader = new WireReader(frame.Span[1..]);
        var (kind, speaker) = ((SiteWordKind)reader.Byte(), reader.Byte());
        var signature = reader.Bytes(Limits.SignatureBytes);
        return speaker == replica && !reader.Failed
            ? SiteWords.Decode(kind, frame.Span[(HeadBytes + sizeof(uint) + signature.Length)..])
            : null;
    }

    /// <summary>Who says what in a frame that has passed the gate.</summary>
    public static Said? SaidIn(Bytes frame)
    {
        var reader = new WireReader(frame.Span[HeadBytes..]);
        var (speaker, signature) = (frame.Span[HeadBytes - 1], reader.Bytes(Limits.SignatureBytes));
        return WordOf(speaker, frame) is { } word ? new(speaker, word, signature) : null;
    }

    /// <summary>The word in a frame to a replica of another site; null if it is a site's message.</summary>
    public static SiteWord? FarWordOf(Bytes frame)
    {
        var word = SiteWords.Decode((SiteWordKind)frame.Span[1], frame.Span[2..]);
        return word is not null && Gate.FrameOf(word) == frame ? word : null;
    }

    /// <summary>The message of another site that a frame hands on; null if it brings something else.</summary>
    public static SiteMessage? HandedOn(int replica, Bytes frame) =>
        WordOf(replica, frame) is HandOn { Input: SiteMessage message } ? message : null;

    /// <summary>A frame with another word, under the own signature: there is no other key at a seat.</summary>
    public static Bytes FrameOf(Seat seat, SiteWord word) => Gate.FrameOf(new Said(
        seat.Self.Index,
        word,
        word.SignedAs is null ? Bytes.Empty : seat.Signer.Sign(word.SigningBytes(seat.Speaker).Span)));
}
