using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Bodies that were asked for by name, until the entries that name them are in the log.</summary>
internal sealed class FetchedBodies
{
    private readonly SavedTable<ClientRequest> _bodies =
        new(OrderingKeys.Bodies, (writer, body) => writer.Bytes(body.Encoded));

    private readonly SortedDictionary<Digest, ulong> _places = [];

    public ClientRequest? Find(Digest name) =>
        _places.TryGetValue(name, out var place) ? _bodies.Find(place) : null;

    /// <param name="missing">What is lacking now: nothing else is kept.</param>
    public bool TryTake(ClientRequest body, IReadOnlyList<MissingBody> missing)
    {
        if (_places.ContainsKey(body.Digest) || !missing.Any(lacking => lacking.Name == body.Digest))
        {
            return false;
        }

        var place = _bodies.Count == 0 ? 0 : _bodies.Rows.Last().Key + 1;
        _bodies.Set(place, body);
        _places.Add(body.Digest, place);
        return true;
    }

    /// <summary>The entry is in the log, with its bodies.</summary>
    public void Forget(Entry entry)
    {
        foreach (var update in entry.Updates)
        {
            if (_places.Remove(update, out var place))
            {
                _bodies.Remove(place);
            }
        }
    }

    public void Clear()
    {
        _bodies.Clear();
        _places.Clear();
    }

    public void Save(AuthenticatedMap map) => _bodies.Save(map);

    public void LoadRow(ulong place, ref WireReader reader)
    {
        if (FilledEntry.ReadUpdate(ref reader) is { } body)
        {
            _bodies.Loaded(place, body);
            _places.Add(body.Digest, place);
        }
    }
}
