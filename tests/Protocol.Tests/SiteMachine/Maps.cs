namespace Holdfast.Protocol.Tests;

internal static class Maps
{
    /// <summary>A map of entries that come in any order.</summary>
    public static AuthenticatedMap Of(IEnumerable<KeyValuePair<Bytes, Bytes>> entries)
    {
        var map = new AuthenticatedMap();
        foreach (var (key, value) in entries)
        {
            map.Set(key, value);
        }

        return map;
    }
}
