using Holdfast.Client;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Clients;

namespace Holdfast.Simulation;

/// <summary>All disks of a site are lost at once. The operator tells the others of its next life, and when they have
/// executed that its replicas start, with nothing on their disks; the last words of its life before may still be on the
/// way. With two sites the other one cannot execute it alone, so they start before. So they do where they start too
/// early: then first a bare majority with the site in it is alone, and when the site is lost the others of that majority
/// are, who alone hold what was acknowledged meanwhile.</summary>
internal sealed class LostSite(
    Surroundings world, VirtualReplica[] replicas, int client, Dice dice, WorldOptions options)
{
    private const long LookAgain = 100_000;
    private const uint NextLife = Speaker.FirstLife + 1;

    private readonly long _end = options.Seconds * 1_000_000L * 2 / 3;
    private ClientProcess? _operator;
    private ulong _ticket;

    public void Plan()
    {
        var site = dice.Below(options.Sites);
        var here = replicas.Where(replica => replica.Id.Site.Index == site).ToArray();
        world.Injected.Add("loss of a site");
        world.Judge.Progress.Waits($"site {site} in its next life");
        world.Network.Listen(world.Places.OfClient(client), (from, frame) => _operator?.Receive(from, frame));
        if (options.IsEarly)
        {
            world.Time.At(dice.Between(300_000, _end / 4), () => LoseEarly(site, here));
        }
        else
        {
            world.Time.At(dice.Between(300_000, _end / 2), () => Lose(site, here, dice.Between(0, 1_000_000)));
        }
    }

    private void LoseEarly(int site, VirtualReplica[] here)
    {
        var order = Enumerable.Range(0, options.Sites).OrderBy(_ => dice.Next()).ToList();
        var leading = replicas.FirstOrDefault(replica => replica.IsRunning && !replica.IsFaulty)?.Pump!.Status.LeadingSite.Index;
        int[] majority =
        [
            .. order.OrderBy(one => one == site ? 0 : one == leading ? 1 : 2).Take((options.Sites / 2) + 1),
        ];
        world.Trace($"sites {string.Join(' ', majority)} are alone");
        var cut = new SiteCut(world, replicas);
        cut.Between(majority.Contains);
        world.Time.After(dice.Between(200_000, 2_000_000), () =>
        {
            cut.Mend();
            cut.Between(one => one != site && majority.Contains(one));
            Lose(site, here, dice.Between(0, 6_000_000));
            world.Time.After(dice.Between(0, 500_000), () => Start(site, here));
            world.Time.At(Math.Min(world.Time.Now + dice.Between(_end / 4, _end / 2), _end - 1), cut.Mend);
        });
    }

    private void Lose(int site, VirtualReplica[] here, long toldAfter)
    {
        world.Trace($"site {site} loses all its disks");
        foreach (var replica in here)
        {
            replica.EndSiteLife();
        }

        world.Judge.LifeOver(new(site));
        var others = Enumerable.Range(0, options.Sites).Where(other => other != site).Select(other => new SiteId(other));
        _operator = new ClientProcess(
            world,
            client,
            dice,
            ValueList.From(others),
            requestsInFlight: 1,
            (_, outcome) => OnTold(site, here, outcome),
            (_, _) => { });
        if (options.Sites == 2)
        {
            Start(site, here);
        }

        world.Time.After(toldAfter, () => Tell(site));
    }

    private void Tell(int site)
    {
        var rejoin = new Administration.RejoinSite(new(site), NextLife);
        _operator!.Step(new ClientInput.Update(
            ++_ticket,
            new(OperationKind.Administration, rejoin.Encode()),
            ReceiptWanted: false,
            Timestamp.Never,
            Instant.Never));
    }

    private void OnTold(int site, VirtualReplica[] here, ClientOutcome outcome)
    {
        world.Trace($"the operator is told of site {site}: {outcome.Outcome} {outcome.Because}");
        if (outcome.Outcome is Outcome.Committed or Outcome.Rejected)
        {
            Start(site, here);
        }
        else
        {
            world.Time.After(LookAgain, () => Tell(site));
        }
    }

    private void Start(int site, VirtualReplica[] here)
    {
        if (here[0].Genesis[new(site)].Life == NextLife)
        {
            return;
        }

        var genesis = world.Keys.Genesis.WithLife(new(site), NextLife, takesPartAtOnce: options.Sites == 2);
        foreach (var replica in here)
        {
            replica.Rejoin(genesis);
        }

        Await(site, here);
    }

    private void Await(int site, VirtualReplica[] here)
    {
        if (here.Any(replica => !replica.IsFaulty && replica.Pump?.Status.TakesPart != true))
        {
            world.Time.After(LookAgain, () => Await(site, here));
            return;
        }

        world.Trace($"site {site} takes part in its next life");
        world.Judge.Progress.Done($"site {site} in its next life");
    }
}
