using Holdfast.Node.Storage;
using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>
/// Where in the journal the batches lie that this replica committed, so that a peer that missed one can have it. A
/// record says that its batch is committed; the body is in it or in the newest Accepted record of that place.
/// </summary>
internal sealed class CommittedIndex
{
    /// <summary>Places known at once; what is older is a matter of state transfer.</summary>
    public const int PlacesMax = 256 * 1024;

    private readonly SortedDictionary<ulong, Places> _places = [];

    public void Add(JournalRecordKind kind, ulong place, JournalPosition position)
    {
        if (kind is not (JournalRecordKind.Accepted or JournalRecordKind.Committed))
        {
            return;
        }

        _places.TryGetValue(place, out var known);
        _places[place] = kind == JournalRecordKind.Accepted
            ? known with { Accepted = position }
            : known with { Committed = position };
        if (_places.Count > PlacesMax)
        {
            _places.Remove(_places.Keys.First());
        }
    }

    /// <summary>The records of a committed place; nothing if it is not committed here or not known any more.</summary>
    public (JournalPosition Committed, JournalPosition? Accepted)? Find(SiteSequence sequence) =>
        _places.TryGetValue(sequence.Number, out var known) && known.Committed is { } committed
            ? (committed, known.Accepted)
            : null;

    /// <summary>Nothing of this place is in the journal any more.</summary>
    public void Forget(SiteSequence sequence) => _places.Remove(sequence.Number);

    private readonly record struct Places(JournalPosition? Accepted, JournalPosition? Committed);
}
