namespace Holdfast.Simulation;

/// <summary>Connections between replicas that run end again and again. Until all is mended somebody in the network ends
/// any of them, best those that matter; and for ever a faulty replica hangs up on whom it likes, for as long as it
/// likes.</summary>
internal sealed class Resets(Surroundings world, VirtualReplica[] replicas, Dice dice, long end)
{
    private const long Second = 1_000_000;

    public void Plan()
    {
        world.Injected.Add("resets");
        Next();
    }

    private void Next()
    {
        if (world.Time.Now < end)
        {
            ResetSome();
        }

        foreach (var faulty in replicas.Where(replica => replica.IsFaulty && replica.IsRunning && dice.OneIn(2)))
        {
            HangUp(faulty);
        }

        world.Time.After(dice.Between(Second / 50, Second / 2), Next);
    }

    private void ResetSome()
    {
        var site = dice.Below(world.Keys.Genesis.Sites.Count);
        var here = replicas.Where(replica => replica.Id.Site.Index == site).ToArray();
        if (here.Where(replica => replica.IsRunning).MaxBy(replica => replica.Pump!.Status.View.Number)?.Pump is not { } pump)
        {
            return;
        }

        var primary = here[pump.Status.Primary].Place;
        switch (dice.Below(6))
        {
            case 0:
                Reset([dice.Below(replicas.Length)], [dice.Below(replicas.Length)]);
                break;
            case 1:
                Reset(PlacesOf(here), [primary]);
                break;
            case 2:
                // As many as the liars need.
                Reset(dice.Below(here.Length), here, world.Keys.Genesis.Sites[site].Size.OneCorrect, primary);
                break;
            case 3:
                foreach (var link in pump.Status.Links)
                {
                    Reset(
                        [here[link.Representative].Place],
                        [world.Places.Of(new ReplicaId(link.Peer, link.Receiver))]);
                }

                break;
            case 4:
                Reset(PlacesOf(here), [.. pump.Status.Links.Select(link => here[link.Representative].Place)]);
                break;
            default:
                var others = PlacesOf(dice.OneIn(2) ? here : replicas);
                Reset(PlacesOf(here), others);
                Reset(others, PlacesOf(here));
                break;
        }
    }

    /// <summary>So many of those that follow one another in a site.</summary>
    private void Reset(int first, VirtualReplica[] here, int count, int to) =>
        Reset([.. Enumerable.Range(first, count + 1).Select(index => here[index % here.Length].Place)], [to]);

    private void Reset(int[] from, int[] to)
    {
        var atOnce = dice.OneIn(2) ? dice.Between(1_000, 100_000) : 0;
        foreach (var one in from)
        {
            foreach (var other in to.Where(other => other != one))
            {
                var length = atOnce == 0 ? dice.Between(1_000, 2 * Second) : atOnce;
                world.Network.Reset(one, other, Math.Max(1, Math.Min(length, end - world.Time.Now)));
            }
        }
    }

    private void HangUp(VirtualReplica faulty)
    {
        var (whom, isLong) = (dice.Next(), dice.OneIn(10));
        for (var place = 0; place < replicas.Length; place++)
        {
            if (place != faulty.Place && ((whom >> place % 64) & 1) == 1)
            {
                world.Network.Reset(
                    place, faulty.Place, isLong ? dice.Between(10 * Second, 60 * Second) : dice.Between(1_000, Second));
            }
        }
    }

    private static int[] PlacesOf(VirtualReplica[] some) => [.. some.Select(replica => replica.Place)];
}
