using System.Buffers.Binary;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>A replica that says two things about one place to one correct replica, in one life of that one, is shown:
/// there is evidence against it. Reads the frames by their layout and not by the codec.</summary>
public sealed class ContradictionsShown
{
    // A witness forgets what lies further back than two windows of one speaker's words; this is well within.
    private const int WordsBetween = 500;

    // Format, kind, speaker, then the signature with its count.
    private const int KindAt = 1;
    private const int SpeakerAt = 2;
    private const int BodyAt = 7 + Limits.SignatureBytes;

    private readonly Dictionary<Heard, (ulong What, int At)> _heard = [];
    private readonly Dictionary<(ReplicaId Holder, int Speaker), int> _words = [];
    private readonly SortedSet<(ReplicaId Holder, ReplicaId Accused, EvidenceKind Kind)> _kept = [];

    /// <summary>Contradictions that had to be shown, and were.</summary>
    public int Found { get; private set; }

    public void Kept(ReplicaId holder, ReplicaId accused, EvidenceKind kind) => _kept.Add((holder, accused, kind));

    /// <summary>A correct replica has taken in a signed frame of its site, and thought about it.</summary>
    public void Took(ReplicaId holder, int life, Bytes frame)
    {
        var span = frame.Span;
        var kind = (SiteWordKind)span[KindAt];
        if (kind is not (SiteWordKind.PrePrepare or SiteWordKind.Prepare or SiteWordKind.Checkpoint))
        {
            return;
        }

        var speaker = span[SpeakerAt];
        var body = span[BodyAt..];
        var isCheckpoint = kind == SiteWordKind.Checkpoint;
        var view = isCheckpoint ? 0 : NumberAt(body, 0);
        var sequence = NumberAt(body, isCheckpoint ? 0 : 1);
        var what = Mix.Of(0, body.Slice(isCheckpoint ? 8 : 16, Digest.Size));
        var now = _words[(holder, speaker)] = _words.GetValueOrDefault((holder, speaker)) + 1;
        if (!_heard.TryAdd(new(holder, life, speaker, kind, view, sequence), (what, now)))
        {
            var (first, at) = _heard[new(holder, life, speaker, kind, view, sequence)];
            if (first != what && now - at < WordsBetween)
            {
                RequireShown(holder, new(holder.Site, speaker), kind);
            }
        }
    }

    private void RequireShown(ReplicaId holder, ReplicaId speaker, SiteWordKind kind)
    {
        var wanted = kind switch
        {
            SiteWordKind.PrePrepare => EvidenceKind.TwoOffers,
            SiteWordKind.Prepare => EvidenceKind.TwoPrepares,
            _ => EvidenceKind.TwoCheckpoints,
        };
        if (holder != speaker && !_kept.Contains((holder, speaker, wanted)))
        {
            throw new CheckFailedException(
                nameof(ContradictionsShown), $"{speaker} told {holder} two stories, and there is no {wanted}");
        }

        Found++;
    }

    private static ulong NumberAt(ReadOnlySpan<byte> body, int place) =>
        BinaryPrimitives.ReadUInt64BigEndian(body[(place * sizeof(ulong))..]);

    private readonly record struct Heard(
        ReplicaId Holder, int Life, byte Speaker, SiteWordKind Kind, ulong View, ulong Sequence);
}
