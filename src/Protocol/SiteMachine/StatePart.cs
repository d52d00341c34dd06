namespace Holdfast.Protocol;

/// <summary>The keys of one component: those under its prefix, with the prefix taken off. No component can reach
/// another's keys. No prefix may be the beginning of another.</summary>
public sealed class StatePart(AuthenticatedMap map, Bytes prefix) : IState
{
    public bool TryGet(Bytes key, out Bytes value) => map.TryGet(prefix.Concat(key.Span), out value);

    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to) => AsOfNow().Range(from, to);

    public int CountBetween(Bytes from, Bytes? to) => AsOfNow().CountBetween(from, to);

    public void Set(Bytes key, Bytes value) => map.Set(prefix.Concat(key.Span), value);

    public bool Remove(Bytes key) => map.Remove(prefix.Concat(key.Span));

    private StateView AsOfNow() => map.Snapshot().Under(prefix);
}

/// <summary>The keys of one component in one version of the map.</summary>
public sealed class StateView(MapSnapshot version, Bytes prefix) : IReadOnlyState
{
    public bool TryGet(Bytes key, out Bytes value) => version.TryGet(prefix.Concat(key.Span), out value);

    public IEnumerable<KeyValuePair<Bytes, Bytes>> Range(Bytes from, Bytes? to)
    {
        foreach (var (key, value) in version.Range(prefix.Concat(from.Span), EndOf(to)))
        {
            yield return new(Bytes.Copy(key.Span[prefix.Length..]), value);
        }
    }

    public int CountBetween(Bytes from, Bytes? to) => version.CountBetween(prefix.Concat(from.Span), EndOf(to));

    private Bytes? EndOf(Bytes? to) => to is { } end ? prefix.Concat(end.Span) : KeyOrder.EndOfPrefix(prefix);
}
