namespace Holdfast.Protocol;

/// <summary>The keys of one component: those under its prefix, with the prefix taken off. No component can reach
/// another's keys. No prefix may be the beginning of another.</summary>
public sealed class StatePart(AuthenticatedMap map, Bytes prefix) : IState
{
    public bool TryGet(Bytes key, out Bytes value) => map.TryGet(prefix.Concat(key.Span), out value);

    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to) =>
        map.Range(prefix.Concat(from.Span), KeyOrder.EndUnder(prefix, to)).Select(entry =>
            new KeyValuePair<Bytes, Bytes>(Bytes.Copy(entry.Key.Span[prefix.Length..]), entry.Value));

    public int CountBetween(Bytes from, Bytes? to) =>
        map.CountBetween(prefix.Concat(from.Span), KeyOrder.EndUnder(prefix, to));

    public void Set(Bytes key, Bytes value) => map.Set(prefix.Concat(key.Span), value);

    public bool Remove(Bytes key) => map.Remove(prefix.Concat(key.Span));
}

/// <summary>The keys of one component in one version of the map.</summary>
public sealed class StateView(MapSnapshot version, Bytes prefix) : IReadOnlyState
{
    public bool TryGet(Bytes key, out Bytes value) => version.TryGet(prefix.Concat(key.Span), out value);

    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to) =>
        version.Range(prefix.Concat(from.Span), KeyOrder.EndUnder(prefix, to)).Select(entry =>
            new KeyValuePair<Bytes, Bytes>(Bytes.Copy(entry.Key.Span[prefix.Length..]), entry.Value));

    public int CountBetween(Bytes from, Bytes? to) =>
        version.CountBetween(prefix.Concat(from.Span), KeyOrder.EndUnder(prefix, to));
}
