namespace Holdfast.Protocol;

/// <summary>A state that has come chunk by chunk, every chunk checked.</summary>
/// <param name="Site">Empty for the Global part of another site.</param>
/// <param name="Beside">The Site part's digest, or the chain digest that stands beside the Global part.</param>
public sealed record FetchedState(StateTarget Target, MapSnapshot Global, MapSnapshot Site, Digest Beside);

/// <summary>A state that a replica serves: immutable, and sharing all that did not change with the present one.</summary>
/// <param name="Site">Null where the Global part alone is served.</param>
/// <param name="Beside">See <see cref="FetchedState"/>.</param>
public sealed record KeptState(StatePlace Place, MapSnapshot Global, MapSnapshot? Site, Digest Beside)
{
    public static KeptState Of(StableState stable)
    {
        ArgumentNullException.ThrowIfNull(stable);
        var state = stable.State;
        return new(StatePlace.Of(stable.Sequence), state.Global, state.Site, state.Site.Digest);
    }

    public int Entries => Global.Count + (Site?.Count ?? 0);

    /// <summary>See <see cref="MapSnapshot.Written"/>.</summary>
    public long Written => Global.Written + (Site?.Written ?? 0);
}
