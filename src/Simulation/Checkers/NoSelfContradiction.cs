using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>A correct replica never says two different things about one thing, however often it crashed between them:
/// it would be evidence against itself. Only a view that it entered before it lost its disk it may enter anew; an old
/// copy of the disk may still make it say again how it entered that view then.</summary>
public sealed class NoSelfContradiction
{
    private readonly Dictionary<(ReplicaId Speaker, SiteWordKind Kind, ulong View, ulong Sequence), ulong> _said = [];

    private readonly HashSet<(ReplicaId Speaker, SiteWordKind Kind, ulong View, ulong Sequence, ulong Word)> _saidBefore = [];

    public void Lost(ReplicaId replica)
    {
        foreach (var place in _said.Keys.Where(place => place.Speaker == replica && IsOfView(place.Kind)).ToArray())
        {
            _said.Remove(place, out var word);
            _saidBefore.Add((place.Speaker, place.Kind, place.View, place.Sequence, word));
        }
    }

    /// <summary>What is signed in the site's next life names that life.</summary>
    public void LifeOver(SiteId site)
    {
        foreach (var place in _said.Keys.Where(place => place.Speaker.Site == site).ToArray())
        {
            _said.Remove(place);
        }

        _saidBefore.RemoveWhere(place => place.Speaker.Site == site);
    }

    /// <param name="word">What the word says of that view and sequence, as a number.</param>
    /// <returns>False if it is a repetition.</returns>
    public bool Said(ReplicaId speaker, SiteWordKind kind, ulong view, ulong sequence, ulong word)
    {
        if (_saidBefore.Contains((speaker, kind, view, sequence, word)))
        {
            return false;
        }

        var place = (speaker, kind, view, sequence);
        if (_said.TryAdd(place, word))
        {
            return true;
        }

        if (_said[place] != word)
        {
            throw new CheckFailedException(
                nameof(NoSelfContradiction),
                $"{speaker} said two different {kind}s for view {view}, sequence {sequence}");
        }

        return false;
    }

    private static bool IsOfView(SiteWordKind kind) => kind is SiteWordKind.ViewChange or SiteWordKind.NewView;
}
