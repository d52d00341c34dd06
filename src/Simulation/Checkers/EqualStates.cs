namespace Holdfast.Simulation.Checkers;

/// <summary>Equal places mean equal states: the replicated state by global sequence in the whole world, the site
/// machine's by site sequence in each site.</summary>
public sealed class EqualStates
{
    private readonly Dictionary<ulong, (Digest State, ReplicaId First)> _global = [];
    private readonly Dictionary<(int Site, ulong Sequence), (Digest State, ReplicaId First)> _machines = [];

    /// <summary>Comparisons that found a partner, so far: a checker that never compares proves nothing.</summary>
    public long Compared { get; private set; }

    /// <summary>In the site's next life all places of its own order are new.</summary>
    public void LifeOver(SiteId site)
    {
        foreach (var place in _machines.Keys.Where(place => place.Site == site.Index).ToArray())
        {
            _machines.Remove(place);
        }
    }

    public void Global(ReplicaId replica, GlobalSequence sequence, Digest state) =>
        Compare(_global, sequence.Number, replica, state, $"{sequence}");

    public void Machine(ReplicaId replica, SiteSequence sequence, Digest state) =>
        Compare(_machines, (replica.Site.Index, sequence.Number), replica, state, $"{sequence}");

    private void Compare<TPlace>(
        Dictionary<TPlace, (Digest State, ReplicaId First)> known,
        TPlace place,
        ReplicaId replica,
        Digest state,
        string name)
        where TPlace : notnull
    {
        if (known.TryAdd(place, (state, replica)))
        {
            return;
        }

        var (expected, first) = known[place];
        Compared++;
        if (expected != state)
        {
            throw new CheckFailedException(
                nameof(EqualStates), $"at {name} {first} has state {expected} and {replica} has {state}");
        }
    }
}
