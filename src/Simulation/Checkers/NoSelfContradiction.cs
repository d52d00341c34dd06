using System.Buffers.Binary;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>A correct replica never says two different things about one thing, however often it crashed between them:
/// it would be evidence against itself. Reads the frames on the wire by their layout, not by the codec.</summary>
public sealed class NoSelfContradiction
{
    // Format, kind, speaker, then the count of the signature's bytes.
    private const int KindAt = 1;
    private const int SpeakerAt = 2;
    private const int SignatureCountAt = 3;
    private const int SignatureAt = 7;

    private readonly Dictionary<(ReplicaId Speaker, SiteWordKind Kind, ulong View, ulong Sequence), ulong> _said = [];

    /// <summary>Looks at a frame that leaves a correct replica; what it only passes on does not count.</summary>
    public void Sent(ReplicaId speaker, Bytes frame)
    {
        var span = frame.Span;
        var kind = (SiteWordKind)span[KindAt];
        if (span[SpeakerAt] != speaker.Index)
        {
            return;
        }

        var body = span[(SignatureAt + (int)BinaryPrimitives.ReadUInt32BigEndian(span[SignatureCountAt..]))..];
        switch (kind)
        {
            case SiteWordKind.PrePrepare or SiteWordKind.Prepare or SiteWordKind.Commit:
                // View, sequence, digest.
                Said(speaker, kind, NumberAt(body, 0), NumberAt(body, 1), Mix.Of(0, body.Slice(16, Digest.Size)));
                break;
            case SiteWordKind.Checkpoint:
                Said(speaker, kind, 0, NumberAt(body, 0), Mix.Of(0, body));
                break;
            case SiteWordKind.NewView:
                Said(speaker, kind, NumberAt(body, 0), 0, Mix.Of(0, body));
                break;
            default:
                break;
        }
    }

    /// <param name="word">What the word says of that view and sequence, as a number.</param>
    public void Said(ReplicaId speaker, SiteWordKind kind, ulong view, ulong sequence, ulong word)
    {
        var place = (speaker, kind, view, sequence);
        if (!_said.TryAdd(place, word) && _said[place] != word)
        {
            throw new CheckFailedException(
                nameof(NoSelfContradiction), $"{speaker} said two different {kind}s for view {view}, sequence {sequence}");
        }
    }

    private static ulong NumberAt(ReadOnlySpan<byte> body, int place) =>
        BinaryPrimitives.ReadUInt64BigEndian(body[(place * sizeof(ulong))..]);
}
