namespace Holdfast.Simulation;

/// <summary>Counts what a world is made to suffer, by kind. Planned is counted: a crash of what is down already is one,
/// too.</summary>
public sealed class Injections
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>All kinds so far, in the order of their names.</summary>
    public ValueList<(string What, long Count)> All => ValueList.From(_counts.Select(entry => (entry.Key, entry.Value)));

    public void Add(string what, long count = 1) => _counts[what] = _counts.GetValueOrDefault(what) + count;
}
