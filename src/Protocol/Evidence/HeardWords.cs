using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What one replica has signed of late, as far as it may be held against it: short words by place, the newest
/// so many; view changes and new views of the newest views; shares. Who floods it makes room among the own words
/// only.</summary>
internal sealed class HeardWords(int replica)
{
    private readonly SortedDictionary<VotePlace, (Digest What, Bytes Signature)> _votes = [];
    private readonly Queue<VotePlace> _voteOrder = new();
    private readonly SortedDictionary<(ulong, uint, byte, uint), Said> _shares = [];
    private readonly Queue<(ulong, uint, byte, uint)> _shareOrder = new();
    private readonly List<Said> _views = [];

    /// <summary>The word that stood at this place before and says something else; null if there is none.</summary>
    public Said? Vote(SiteWordKind kind, SiteView view, SiteSequence sequence, Digest what, Bytes signature)
    {
        var place = new VotePlace(kind, view, sequence);
        if (_votes.TryGetValue(place, out var known))
        {
            return known.What == what ? null : Restore(place, known.What, known.Signature);
        }

        _votes.Add(place, (what, signature));
        _voteOrder.Enqueue(place);
        if (_voteOrder.Count > Limits.WitnessedWords)
        {
            _votes.Remove(_voteOrder.Dequeue());
        }

        return null;
    }

    /// <summary>The offer of a place, if it is remembered.</summary>
    public Said? Offer(SiteView view, SiteSequence sequence)
    {
        var place = new VotePlace(SiteWordKind.PrePrepare, view, sequence);
        return _votes.TryGetValue(place, out var known) ? Restore(place, known.What, known.Signature) : null;
    }

    /// <summary>The share that stood at this place before and is another; null if there is none.</summary>
    public Said? Share(Said said)
    {
        var (epoch, sequence, attempt, group, _) = ((ThresholdShare)said.Word).Place;
        var place = (sequence.Number, attempt, group, epoch);
        if (_shares.TryGetValue(place, out var known))
        {
            return known.Word == said.Word ? null : known;
        }

        _shares.Add(place, said);
        _shareOrder.Enqueue(place);
        if (_shareOrder.Count > Limits.WitnessedShares)
        {
            _shares.Remove(_shareOrder.Dequeue());
        }

        return null;
    }

    /// <summary>The view change or new view of the same kind and view; null if there is none, and then this one is
    /// remembered.</summary>
    public Said? View(Said said, SiteView view)
    {
        if (Find(said.Word.Kind, view) is { } known)
        {
            return known.Word == said.Word ? null : known;
        }

        if (SiteWords.Encode(said.Word).Length <= Limits.WitnessedWordBytes)
        {
            _views.Add(said);
            if (_views.Count > Limits.WitnessedViews)
            {
                _views.RemoveAt(0);
            }
        }

        return null;
    }

    public Said? NewViewOf(SiteView view) => Find(SiteWordKind.NewView, view);

    private Said? Find(SiteWordKind kind, SiteView view) =>
        _views.Find(said => said.Word.Kind == kind && ViewOf(said.Word) == view);

    private static SiteView ViewOf(SiteWord word) => word is ViewChange change ? change.View : ((NewView)word).View;

    private Said Restore(VotePlace place, Digest what, Bytes signature) => new(
        replica,
        place.Kind switch
        {
            SiteWordKind.PrePrepare => new PrePrepare(place.View, place.Sequence, what, null),
            SiteWordKind.Prepare => new Prepare(place.View, place.Sequence, what),
            SiteWordKind.Checkpoint => new Checkpoint(place.Sequence, what),
            _ => throw new System.Diagnostics.UnreachableException(),
        },
        signature);

    private readonly record struct VotePlace(SiteWordKind Kind, SiteView View, SiteSequence Sequence)
        : IComparable<VotePlace>
    {
        public int CompareTo(VotePlace other)
        {
            var order = Sequence.CompareTo(other.Sequence);
            order = order != 0 ? order : View.CompareTo(other.View);
            return order != 0 ? order : ((byte)Kind).CompareTo((byte)other.Kind);
        }
    }
}
