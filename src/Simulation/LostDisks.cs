using Holdfast.Simulation.Adversaries;

namespace Holdfast.Simulation;

/// <summary>What a disk held at a moment.</summary>
/// <param name="Words">How much its replica had promised by then.</param>
internal sealed record DiskCopy(VirtualDisk Disk, VirtualStateStore Store, int Words);

/// <summary>Disks that are lost, or replaced by old copies, while their machines are down: in a site as many at a time as
/// it masks besides its liars, and the next ones when those have their votes back.</summary>
internal sealed class LostDisks(Surroundings world, VirtualReplica[] replicas, Dice dice, WorldOptions options)
{
    private const long LookAgain = 100_000;

    private readonly long _end = options.Seconds * 1_000_000L * 2 / 3;

    /// <summary>How often a replica had its vote back.</summary>
    public int Returns { get; private set; }

    public void Plan()
    {
        for (var site = 0; site < options.Sites; site++)
        {
            var here = replicas.Where(replica => replica.Id.Site.Index == site).ToArray();
            var liars = options.Adversary == nameof(LongMemory) ? 0 : here.Count(replica => replica.IsFaulty);
            if (liars < options.Faults)
            {
                var correct = here.Where(replica => !replica.IsFaulty).ToArray();
                world.Time.At(dice.Between(0, _end / 4), () => Lose(correct, options.Faults - liars));
            }
        }
    }

    private void Lose(VirtualReplica[] correct, int most)
    {
        if (world.Time.Now >= _end)
        {
            return;
        }

        var first = dice.Below(correct.Length);
        var lost = correct[first..].Concat(correct[..first]).Take(1 + dice.Below(most)).ToArray();
        foreach (var replica in lost)
        {
            world.Judge.Progress.Waits($"the vote of {replica.Id}");
            var isEmpty = dice.OneIn(2);
            world.Injected.Add(isEmpty ? "lost disk" : "old copy of a disk");
            if (isEmpty)
            {
                Exchange(replica, new DiskCopy(new(), new(), Words: 0));
            }
            else
            {
                UseOldCopy(replica);
            }
        }

        world.Time.After(dice.Between(5, 6) * 1_000_000, () => Await(correct, most, lost));
    }

    /// <summary>The replica goes on for a while after the copy was made.</summary>
    private void UseOldCopy(VirtualReplica replica)
    {
        var copy = replica.CopyDisk();
        world.Time.After(dice.Between(10_000, 500_000), replica.StartUnlessRunning);
        world.Time.After(dice.Between(600_000, 4_000_000), () => Exchange(replica, copy));
    }

    private void Exchange(VirtualReplica replica, DiskCopy other)
    {
        replica.Exchange(other);
        world.Time.After(dice.Between(10_000, 2_000_000), replica.ComeBack);
    }

    private void Await(VirtualReplica[] correct, int most, VirtualReplica[] lost)
    {
        if (!Array.TrueForAll(lost, replica => replica.Pump?.IsVoting == true))
        {
            world.Time.After(LookAgain, () => Await(correct, most, lost));
            return;
        }

        foreach (var replica in lost)
        {
            Returns += replica.Pump!.Status.Life > 0 ? 1 : 0;
            world.Trace($"{replica.Id} votes again, life {replica.Pump!.Status.Life}");
            world.Judge.Progress.Done($"the vote of {replica.Id}");
        }

        world.Time.After(dice.Between(10_000, 1_000_000), () => Lose(correct, most));
    }
}
