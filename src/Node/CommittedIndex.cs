using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using JournalRecord = Holdfast.Protocol.JournalRecord;

namespace Holdfast.Node;

/// <summary>
/// Where in the journal the bodies lie of batches that this replica committed, so that a peer that missed one can have
/// it. A body is in the record that first named its digest at that place.
/// </summary>
internal sealed class CommittedIndex
{
    /// <summary>Places known at once; what is older is a matter of state transfer.</summary>
    public const int PlacesMax = 256 * 1024;

    private readonly SortedDictionary<ulong, Place> _places = [];

    public void Add(JournalRecord record, JournalPosition position)
    {
        if (record.Kind is not (JournalRecordKind.Accepted or JournalRecordKind.Committed))
        {
            return;
        }

        var (digest, hasBody) = HeadOf(record);
        if (!_places.TryGetValue(record.Place.Number, out var place))
        {
            _places[record.Place.Number] = place = new Place();
        }

        if (record.Kind == JournalRecordKind.Committed)
        {
            (place.Committed, place.Segment) = (digest, position.Segment);
        }

        if (hasBody)
        {
            place.Bodies[digest] = position;
        }

        if (_places.Count > PlacesMax)
        {
            _places.Remove(_places.Keys.First());
        }
    }

    /// <summary>The record with the body of a committed batch; null if it is not committed or not known here.</summary>
    public JournalPosition? Find(SiteSequence sequence) =>
        _places.TryGetValue(sequence.Number, out var place)
        && place.Committed is { } digest
        && place.Bodies.TryGetValue(digest, out var position)
            ? position
            : null;

    /// <summary>Segments below this one are gone: tells the last place whose committed batch went with them, or
    /// null.</summary>
    /// <param name="stored">The place of the stored state.</param>
    public SiteSequence? Cut(ulong oldestSegment, SiteSequence stored)
    {
        SiteSequence? last = null;
        while (_places.Count > 0 && _places.First() is var (number, place)
            && (IsGone(place, oldestSegment) || (place.Committed is null && number <= stored.Number)))
        {
            _places.Remove(number);
            last = new SiteSequence(number);
        }

        return last;
    }

    /// <summary>Nothing of this place is in the journal any more.</summary>
    public void Forget(SiteSequence sequence) => _places.Remove(sequence.Number);

    // An undecided place above the stored state is not gone; one below it was passed over by a state transfer. A null
    // batch has no body to lose.
    private static bool IsGone(Place place, ulong oldestSegment) =>
        place.Committed is { } digest
        && (place.Segment < oldestSegment
            || (digest != Batch.Null.Digest
                && (!place.Bodies.TryGetValue(digest, out var position) || position.Segment < oldestSegment)));

    // Only the head is read: the body may be long.
    private static (Digest Digest, bool HasBody) HeadOf(JournalRecord record)
    {
        var reader = new WireReader(record.Body.Span);
        if (record.Kind == JournalRecordKind.Accepted)
        {
            reader.SiteView();
        }

        var digest = reader.Digest();
        if (record.Kind == JournalRecordKind.Accepted)
        {
            reader.Bytes(Limits.SignatureBytes);
        }

        return (digest, reader.UInt32() > 0);
    }

    private sealed class Place
    {
        public SortedDictionary<Digest, JournalPosition> Bodies { get; } = [];

        public Digest? Committed { get; set; }

        /// <summary>Where it is said that it is committed.</summary>
        public ulong Segment { get; set; }
    }
}
