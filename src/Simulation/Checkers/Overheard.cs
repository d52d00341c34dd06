using System.Buffers.Binary;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>Listens to what correct replicas say inside their sites. Reads the frames by their layout and not by the
/// codec, which is on trial too.</summary>
internal sealed class Overheard(
    NoSelfContradiction contradiction, SilentUntilBack silent, OneSiteOrder order, EqualStates states, NoGrudge grudge)
{
    // Format, kind, speaker, then the count of the signature's bytes.
    private const int KindAt = 1;
    private const int SpeakerAt = 2;
    private const int SignatureCountAt = 3;
    private const int SignatureAt = 7;

    private Bytes _last;
    private bool _isVoting;

    /// <summary>A frame leaves a correct replica; what it only passes on does not count.</summary>
    public void Sent(ReplicaId speaker, Bytes frame, bool isVoting)
    {
        var span = frame.Span;
        _isVoting = isVoting;
        if (span[SpeakerAt] != speaker.Index || IsRepeated(frame))
        {
            return;
        }

        var kind = (SiteWordKind)span[KindAt];
        var body = span[(SignatureAt + (int)BinaryPrimitives.ReadUInt32BigEndian(span[SignatureCountAt..]))..];
        switch (kind)
        {
            case SiteWordKind.PrePrepare or SiteWordKind.Prepare or SiteWordKind.Commit:
                OnVote(speaker, kind, body);
                break;
            case SiteWordKind.Checkpoint:
                Said(speaker, kind, 0, NumberAt(body, 0), Mix.Of(0, body), NumberAt(body, 0));
                states.Machine(speaker, new SiteSequence(NumberAt(body, 0)), new Digest(body.Slice(8, Digest.Size)));
                break;
            case SiteWordKind.ViewChange:
                Said(speaker, kind, NumberAt(body, 0), 0, Mix.Of(0, body), NumberAt(body, 1));
                break;
            case SiteWordKind.NewView:
                contradiction.Said(speaker, kind, NumberAt(body, 0), 0, Mix.Of(0, body));
                break;
            case SiteWordKind.Complain:
                grudge.Complained(speaker, NumberAt(body, 0), NumberAt(body, 1), body[^1] != 0);
                break;
            case SiteWordKind.ThresholdShare:
                var group = Mix.Of(Mix.Of(0, body[..4]), body[12..18]);
                contradiction.Said(
                    speaker, kind, group, NumberAt(body[4..], 0), Mix.Of(0, body));
                break;
            default:
                break;
        }
    }

    /// <summary>View, sequence, digest.</summary>
    private void OnVote(ReplicaId speaker, SiteWordKind kind, ReadOnlySpan<byte> body)
    {
        var (view, sequence) = (NumberAt(body, 0), NumberAt(body, 1));
        var batch = Mix.Of(0, body.Slice(16, Digest.Size));
        Said(speaker, kind, view, sequence, batch, sequence);
        if (kind == SiteWordKind.Commit)
        {
            order.Committed(speaker, view, sequence, batch);
        }
    }

    private void Said(ReplicaId speaker, SiteWordKind kind, ulong view, ulong sequence, ulong word, ulong place)
    {
        if (contradiction.Said(speaker, kind, view, sequence, word))
        {
            silent.Said(speaker, kind, place, _isVoting);
        }
    }

    // A broadcast passes here once for each peer.
    private bool IsRepeated(Bytes frame)
    {
        var isRepeated = frame.Span == _last.Span;
        _last = frame;
        return isRepeated;
    }

    private static ulong NumberAt(ReadOnlySpan<byte> body, int place) =>
        BinaryPrimitives.ReadUInt64BigEndian(body[(place * sizeof(ulong))..]);
}
