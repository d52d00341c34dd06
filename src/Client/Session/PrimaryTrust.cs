using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>Whether primaries take what clients send to them alone. One that is silent to its clients, or tells them that there is
/// no room, and orders what other replicas hand on, is never at fault in their eyes, and costs each update the time until all
/// are asked. So a primary that took nothing several times in succession is asked together with all others from then on, and alone
/// only now and then, to see whether it does now.</summary>
internal sealed class PrimaryTrust
{
    private const int FailuresMax = 3;
    private const int AloneEach = 16;
    private readonly SortedDictionary<ReplicaId, Standing> _standings = [];

    /// <summary>Its word that there is no room is believed.</summary>
    public bool Believes(ReplicaId primary) =>
        !_standings.TryGetValue(primary, out var standing) || standing.Failures < FailuresMax;

    /// <summary>Whether the next request goes to it alone.</summary>
    public bool AsksAlone(ReplicaId primary) =>
        Believes(primary) || ++_standings[primary].Requests % AloneEach == 0;

    /// <summary>What was sent to it alone came to its end without others. That makes up for one that did not, of those under way
    /// together.</summary>
    public void Took(ReplicaId primary)
    {
        if (_standings.TryGetValue(primary, out var standing) && (--standing.NotTaken <= 0 || standing.Failures >= FailuresMax))
        {
            _standings.Remove(primary);
        }
    }

    /// <summary>What was sent to it alone came to its end when all had been asked. Of what was under way together that is one
    /// failure, however much that is: a primary that died is none that takes nothing.</summary>
    /// <param name="sentAt">To it alone.</param>
    /// <param name="toAllAt">To all.</param>
    public void TookNothing(ReplicaId primary, Instant sentAt, Instant toAllAt)
    {
        if (!_standings.TryGetValue(primary, out var standing))
        {
            _standings.Add(primary, standing = new());
        }

        standing.NotTaken++;
        if (sentAt >= standing.FailedAt)
        {
            (standing.Failures, standing.FailedAt, standing.NotTaken) = (standing.Failures + 1, toAllAt, 1);
        }
    }

    private sealed class Standing
    {
        public int Failures { get; set; }

        /// <summary>When all were asked for what counted last.</summary>
        public Instant FailedAt { get; set; } = new(long.MinValue);

        /// <summary>Of those under way together when it failed last, less those that it took since.</summary>
        public int NotTaken { get; set; }

        public int Requests { get; set; }
    }
}
