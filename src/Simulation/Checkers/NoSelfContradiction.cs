using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>A correct replica never says two different things about one thing, however often it crashed between them:
/// it would be evidence against itself.</summary>
public sealed class NoSelfContradiction
{
    private readonly Dictionary<(ReplicaId Speaker, SiteWordKind Kind, ulong View, ulong Sequence), ulong> _said = [];

    /// <param name="word">What the word says of that view and sequence, as a number.</param>
    public void Said(ReplicaId speaker, SiteWordKind kind, ulong view, ulong sequence, ulong word)
    {
        var place = (speaker, kind, view, sequence);
        if (!_said.TryAdd(place, word) && _said[place] != word)
        {
            throw new CheckFailedException(
                nameof(NoSelfContradiction),
                $"{speaker} said two different {kind}s for view {view}, sequence {sequence}");
        }
    }
}
