using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>A replica that lost its disk never speaks of a place of which it may have spoken before: its first vote, and
/// the checkpoint of its first view change, lie a window and more behind all that it ever said.</summary>
public sealed class SilentUntilBack
{
    private readonly Dictionary<ReplicaId, ulong> _highest = [];
    private readonly Dictionary<ReplicaId, ulong> _floors = [];
    private readonly Dictionary<ReplicaId, int> _words = [];

    /// <summary>How many votes, checkpoints and view changes a replica has said while it voted.</summary>
    public int WordsOf(ReplicaId replica) => _words.GetValueOrDefault(replica);

    /// <summary>Its disk does not know all of them any more.</summary>
    public void Lost(ReplicaId replica)
    {
        if (_highest.TryGetValue(replica, out var highest))
        {
            _floors[replica] = highest + Limits.SiteWindow;
        }
    }

    /// <summary>What is signed in the site's next life names that life.</summary>
    public void LifeOver(SiteId site)
    {
        foreach (var replica in _highest.Keys.Where(replica => replica.Site == site).ToArray())
        {
            _highest.Remove(replica);
            _floors.Remove(replica);
        }
    }

    /// <summary>It says something for the first time.</summary>
    /// <param name="place">For a view change, that of its checkpoint.</param>
    /// <param name="isVoting">False for what its disk holds and it may have said before.</param>
    public void Said(ReplicaId speaker, SiteWordKind kind, ulong place, bool isVoting)
    {
        if (_floors.TryGetValue(speaker, out var floor) && place <= floor)
        {
            throw new CheckFailedException(
                nameof(SilentUntilBack), $"{speaker} lost its disk and says a {kind} for place {place}, not above {floor}");
        }

        _words[speaker] = WordsOf(speaker) + (isVoting ? 1 : 0);
        _highest[speaker] = Math.Max(place, _highest.GetValueOrDefault(speaker));
    }
}
