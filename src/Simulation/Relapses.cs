namespace Holdfast.Simulation;

/// <summary>Who has just taken over a state from others, or has its vote back after its disk was lost, dies once more, before
/// a stable checkpoint of its own can hide what its disk does not know: alone, or with its whole site.</summary>
internal sealed class Relapses(Surroundings world, VirtualReplica[] replicas, Dice dice)
{
    // Each is over within seconds: a world in which clients ask for six can bear so many.
    private const int ForEachMost = 2;

    private readonly SortedDictionary<int, int> _left = [];

    public void Plan()
    {
        foreach (var replica in replicas.Where(replica => !replica.IsFaulty))
        {
            _left.Add(replica.Place, ForEachMost);
            replica.TookState = () => Consider(replica, "a take-over");
            replica.VotesAgain = () => Consider(replica, "a return");
        }
    }

    private void Consider(VirtualReplica replica, string what)
    {
        if (_left[replica.Place] == 0 || dice.OneIn(3))
        {
            return;
        }

        _left[replica.Place]--;
        var isOfSite = dice.OneIn(4);
        var (isWithinTurn, after) = (dice.OneIn(2), dice.Between(1, dice.OneIn(2) ? 10_000 : 500_000));
        world.Injected.Add(isOfSite ? $"power cut of a site after {what}" : $"crash after {what}");
        VirtualReplica[] hit = isOfSite
            ? [.. replicas.Where(other => other.Id.Site == replica.Id.Site)]
            : [replica];
        world.Time.After(after, () => Array.ForEach(hit, one => Crash(one, isWithinTurn && !isOfSite)));
    }

    private void Crash(VirtualReplica replica, bool isWithinTurn)
    {
        if (isWithinTurn)
        {
            replica.CrashSoon();
        }
        else
        {
            replica.Crash();
        }

        world.Time.After(dice.Between(50_000, 1_000_000), replica.StartUnlessRunning);
    }
}
