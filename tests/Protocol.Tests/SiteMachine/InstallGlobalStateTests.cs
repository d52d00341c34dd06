using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>A site for which nobody keeps the log any more takes over the state that others have told.</summary>
public sealed class InstallGlobalStateTests
{
    private static readonly Retention Short = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3), ToldEvery: 4);

    [Fact]
    public void A_site_that_no_log_reaches_takes_over_a_told_state_and_goes_on_in_the_log_behind_it()
    {
        var world = new MachineWorld(3, retention: Short) { WithTwins = true };
        var session = world.Open(0);
        Assert.Null(LeaveBehind(world, session));
        Assert.Equal(new GlobalSequence(8), world[2].WantedState?.State.At);
        Assert.Equal(new GlobalSequence(1), world[2].Ordering.Executed);
        var accepted = world[2].Ordering.Status.Accepted;

        var outputs = TakeOver(world);

        // It is no Accept: what this site has promised is what it was.
        Assert.Equal(new GlobalSequence(8), outputs.Installed?.At);
        Assert.Equal(new GlobalSequence(8), world[2].Ordering.Executed);
        Assert.Equal(accepted, world[2].Ordering.Status.Accepted);
        Assert.Null(world[2].WantedState);

        // Entries above the told state are older than what is kept of others, and there all the same.
        world.Talk(40);
        Assert.Equal(new GlobalSequence(11), world[2].Ordering.Executed);
        Assert.Equal(new GlobalSequence(11), world[2].Ordering.Status.Accepted);
        Assert.Equal(world[0].Snapshot.Digest, world[2].Snapshot.Digest);
        Assert.True(world.Restored > 0, "no machine was restored");
    }

    /// <summary>A request to a site that is behind may have run at another.</summary>
    [Fact]
    public void What_the_state_says_of_pending_updates_is_told_and_the_rest_stays_pending()
    {
        var world = new MachineWorld(3, retention: Short);
        var session = world.Open(0);
        ClientRequest At(ulong number) => Request(Writer, session, number, Do("x"));
        var (below, recorded, open) = (At(1), At(7), At(60));
        world.CutOff.Add(2);
        world.Do(2, below, recorded);
        LeaveBehind(world, session);
        world.Do(2, open);

        var replies = TakeOver(world).Replies;

        Assert.Equal(
            [(1UL, Outcome.Unknown), (7UL, Outcome.Committed)],
            replies.Select(reply => (reply.Results[0].Number, reply.Results[0].Outcome)));
        Assert.Equal([open], world[2].Ordering.Pending);
        var later = Assert.Single(world.Talk(40));
        Assert.Equal((60UL, Outcome.Committed), (later.Results[0].Number, later.Results[0].Outcome));
    }

    [Fact]
    public void A_state_that_the_own_order_has_passed_is_not_taken_over()
    {
        var world = new MachineWorld(3, retention: Short);
        LeaveBehind(world, world.Open(0));
        var wish = world[2].WantedState!.Value;
        var first = new InstallGlobalState(wish, []);
        Assert.Equal(wish.State, world[2].TakenOverBy(new Batch(world.Now, [first])));

        Assert.Empty(world.Do(2, first).Skipped);

        Assert.Equal(InputStanding.Obsolete, world[2].Judge(first));
        Assert.Null(world[2].TakenOverBy(new Batch(world.Now, [first])));
        var again = world.Do(2, first);
        Assert.Equal(Rejection.OldSequence, Assert.Single(again.Skipped).Reason);
    }

    /// <summary>A primary may keep the word of a quorum until nobody has that state any more: a batch that takes it over
    /// could then be executed by nobody.</summary>
    [Fact]
    public void What_a_quorum_said_of_an_earlier_wish_takes_nothing_over_though_the_state_lies_ahead()
    {
        var world = new MachineWorld(3, retention: Short);
        LeaveBehind(world, world.Open(0));
        var wish = world[2].WantedState!.Value;
        InstallGlobalState[] others =
        [
            new(wish with { Since = new(wish.Since.Number - 1) }, []),
            new(wish with { State = new(new(4), wish.State.Digest) }, []),
            new(wish with { State = new(wish.State.At, Digest.Of([1])) }, []),
        ];

        Assert.All(others, other => Assert.Equal(InputStanding.Obsolete, world[2].Judge(other)));
        Assert.Null(world[2].TakenOverBy(new Batch(world.Now, [.. others])));
        var outputs = world.Do(2, [.. others]);

        Assert.Equal(3, outputs.Skipped.Count);
        Assert.Equal(new GlobalSequence(1), world[2].Ordering.Executed);
        Assert.Equal(wish, world[2].WantedState);
    }

    /// <summary>It was not executed at any site, or in an entry that this site does not see any more: the state says
    /// nothing of an operation that was above the window.</summary>
    [Fact]
    public void A_pending_update_that_left_no_trace_in_the_state_is_forwarded_again()
    {
        var world = new MachineWorld(3, retention: Short);
        var session = world.Open(0);
        var early = Request(Writer, session, SessionLimits.Window + 2, Do("x"));
        world.Do(2, early);
        world.Do(2, Telling(world, 0, world[2].Links[new(0)].PeerFront!, receivedUpTo: EndOfStream(world[2].Links[new(0)])));
        world.Down.Add(2);
        LeaveBehind(world, session);
        world.Down.Remove(2);
        world.Talk(40);
        Assert.Equal([early], world[2].Ordering.Pending);

        var outputs = TakeOver(world);

        Assert.Empty(outputs.Replies);
        var later = Assert.Single(world.Talk(40));
        Assert.Equal((early.FirstNumber, Outcome.Committed), (later.Results[0].Number, later.Results[0].Outcome));
    }

    /// <summary>Told states are in memory only. Should all who told one have started anew, an idle system would never
    /// tell the next.</summary>
    [Fact]
    public void While_a_site_asks_in_vain_another_state_is_told_though_nobody_has_an_update()
    {
        var world = new MachineWorld(3, retention: Short) { WithTwins = true };
        LeaveBehind(world, world.Open(0));
        var lost = world[2].WantedState!.Value;
        world.Told.Clear();

        world.Talk(60, 200);

        Assert.True(world[2].WantedState?.State.At > lost.State.At, $"still {world[2].WantedState}");
        TakeOver(world);
        world.Talk(40);
        Assert.Equal(world[0].Ordering.Executed, world[2].Ordering.Executed);
        Assert.Equal(world[0].Snapshot.Digest, world[2].Snapshot.Digest);

        // Nobody asks any more, so nothing is said any more.
        var entries = world[0].Ordering.Executed;
        world.Talk(60, 200);
        Assert.Equal(entries, world[0].Ordering.Executed);
    }

    /// <summary>The state tells of the next life of a site, and no entry of the log does any more. A view that waits
    /// for nothing but this state must not begin on what the earlier life said: together they are a majority without
    /// what was committed behind it.</summary>
    [Fact]
    public void With_a_state_that_tells_of_a_life_the_view_changes_of_the_earlier_one_are_left_out_at_once()
    {
        var world = new MachineWorld(5, retention: Short);
        var session = world.Open(0);
        var old = new GlobalViewChange(
            new(1), 1, default, new(1), world[2].Ordering.ExecutedChain, 0, 1, []);
        world.CutOff.UnionWith([1, 2]);
        var open = Request(Operator, default, 1, new Operation(OperationKind.OpenSession, new([9])));
        List<ClientReply> replies = [.. world.Do(0, open).Replies, .. world.Talk(4)];
        var operators = replies[0].Results[0].Position;
        world.Do(0, Request(Operator, operators, 1, Administer(new Administration.RejoinSite(new(2), 2))));
        world.Talk();
        Assert.Equal(2U, world[4].Ordering.LifeOf(new(2)));
        var told = new GlobalViewChange(
            new(1), 1, default, new(3), world[4].Ordering.ExecutedChain, 0, 1, []);

        // From here on the other two go on with the new life.
        world.Rejoin(2);
        world.CutOff.Remove(2);
        world.CutOff.Add(4);
        for (ulong number = 1; number <= 10; number++)
        {
            world.Do(0, Request(Writer, session, number, Do("x")));
            world.Talk(4);
        }

        Assert.True(world[2].Ordering.TakesPart);
        world.Talk(40, 200);
        world.CutOff.UnionWith([2, 4]);
        world.CutOff.Remove(1);
        world.Talk(40);
        Assert.Equal(new GlobalSequence(1), world[1].Ordering.Executed);
        Assert.NotNull(world[1].WantedState);
        var shown = world[0].Links[new(1)].OwnFront!;
        shown = shown with { Ordering = shown.Ordering with { View = new(1), Wanted = new(1), Accepted = default } };
        world.Do(1, Saying(world, 2, shown, old), Saying(world, 4, shown, told));
        for (var round = 0; round < 30; round++)
        {
            world.Now += TimeSpan.FromMilliseconds(500);
            world.Do(1);
        }

        Assert.Equal((new GlobalView(1), default), (world[1].Ordering.View, world[1].Ordering.InstalledView));
        world.Do(1, new InstallGlobalState(world[1].WantedState!.Value, []));

        Assert.True(world[1].Ordering.Executed >= new GlobalSequence(8));
        Assert.Equal(2U, world[1].Ordering.LifeOf(new(2)));
        Assert.Equal(default, world[1].Ordering.InstalledView);
    }

    [Fact]
    public void A_machine_takes_over_no_other_state_than_the_batch_names()
    {
        var world = new MachineWorld(3, retention: Short);
        LeaveBehind(world, world.Open(0));
        var install = new InstallGlobalState(world[2].WantedState!.Value, []);
        world.Told.Remove(8);

        Assert.Equal("T7", Assert.Throws<InvariantBrokenException>(() => world.Do(2, install)).Name);
    }

    [Fact]
    public void A_site_whose_state_differs_from_that_of_two_others_goes_no_further()
    {
        var world = new MachineWorld(3, retention: Short);
        var session = world.Open(0);
        for (ulong number = 1; number < 5; number++)
        {
            world.Do(0, Request(Writer, session, number, Do("x")));
            world.Talk();
        }

        var front = world[0].Links[new(2)].OwnFront!;
        Assert.Equal(new GlobalSequence(4), front.DigestAt);
        Assert.Equal(front.StateDigest, world[2].Links[new(0)].OwnFront!.StateDigest);
        var other = front with { StateDigest = Digest.Of([1]) };
        world.Do(2, Telling(world, 0, other));
        world.Do(2, Telling(world, 1, front with { StateDigest = Digest.Of([2]) }));

        Assert.Equal(
            "X3", Assert.Throws<InvariantBrokenException>(() => world.Do(2, Telling(world, 1, other, 101))).Name);
    }

    /// <summary>Where two sites contradict each other, nobody knows which one to believe; a third voice decides.</summary>
    [Fact]
    public void The_highest_told_state_is_wanted_on_which_more_sites_agree_than_on_any_other()
    {
        ToldState Told(ulong at, byte what) => new(new(at), Digest.Of([what]));
        ToldState? Wanted(params ToldState[] told)
        {
            var wish = new StateWish(Short);
            wish.Judge(new(3), At(100), new(7), new(2), told);
            Assert.Equal(new SiteSequence(3), wish.Wanted?.Since ?? new(3));
            return wish.Wanted?.State;
        }

        Assert.Equal(Told(8, 1), Wanted(Told(4, 2), Told(8, 1)));
        Assert.Null(Wanted(Told(8, 1), Told(8, 2)));
        Assert.Equal(Told(8, 1), Wanted(Told(8, 1), Told(8, 2), Told(8, 1)));

        // One below the entries that are kept would leave a gap.
        Assert.Equal(Told(6, 1), Wanted(Told(6, 1)));
        Assert.Null(Wanted(Told(5, 1)));
    }

    [Fact]
    public void What_is_wanted_stays_the_same_while_the_log_above_it_is_kept_so_that_a_quorum_fetches_one_state()
    {
        var wish = new StateWish(Short);
        ToldState old = new(new(8), Digest.Of([1])), newer = new(new(12), Digest.Of([2]));
        wish.Judge(new(1), At(100), new(7), new(2), [old]);
        wish.Judge(new(2), At(101), new(11), new(2), [newer]);
        Assert.Equal(new(old, new(1)), wish.Wanted);

        wish.Judge(new(3), At(104), new(11), new(2), [newer]);
        Assert.Equal(new(newer, new(3)), wish.Wanted);
        wish.Judge(new(4), At(105), null, new(2), [newer]);
        Assert.Null(wish.Wanted);
    }

    [Fact]
    public void A_state_is_told_after_so_many_entries_so_many_bytes_or_such_a_time_whichever_is_first()
    {
        Assert.Equal([4, 8], DueAfter(10, second => second / 10.0, _ => 100));
        Assert.Equal([3, 5, 7, 9], DueAfter(10, second => second * 0.8, _ => 100));
        Assert.Equal([2, 5, 9], DueAfter(10, second => second / 10.0, entry => entry is 2 or 5 ? 1 << 25 : 100));
    }

    /// <summary>Site 2 hears nothing until nobody keeps what it lacks, and then asks in vain.</summary>
    private static WishedState? LeaveBehind(MachineWorld world, GlobalPosition session)
    {
        world.CutOff.Add(2);
        for (ulong number = 1; number <= 10; number++)
        {
            world.Do(0, Request(Writer, session, number, Do("x")) with { DoneUpTo = number > 5 ? 5 : 0UL });
            world.Talk(4);
        }

        var wanted = world[2].WantedState;
        world.Talk(40, 200);
        world.CutOff.Remove(2);
        world.Talk(40);
        return wanted;
    }

    private static MachineOutputs TakeOver(MachineWorld world) =>
        world.Do(2, new InstallGlobalState(world[2].WantedState!.Value, []));

    private static ulong EndOfStream(Link link)
    {
        var last = link.Acknowledged;
        while (link.Find(last + 1) is not null)
        {
            last++;
        }

        return last;
    }

    private static SiteMessage Telling(
        MachineWorld world, int site, StatusFront front, ulong version = 100, ulong receivedUpTo = 0)
    {
        var leaf = new SiteStatus(new(2), 1, version, world.Now, front, 1, receivedUpTo, 0).Leaf();
        var tree = new MerkleTree([leaf]);
        var statement = new SiteStatement(new(site), 1, 1, new(1000 + version), 1, tree.Root);
        return new(
            new(2), statement, new(new byte[Limits.SignatureBytes]), [new(0, leaf, tree.Path(0), Bytes.Empty)]);
    }

    /// <summary>The first that this site says to site 1 in its stream, and a register beside it.</summary>
    private static SiteMessage Saying(MachineWorld world, int site, StatusFront front, StreamBody body)
    {
        var framed = StreamFrame.Cut(body.Encode()).Single();
        Bytes[] leaves =
        [
            new SiteStatus(new(1), 1, 1000, world.Now, front, 1, 0, 0).Leaf(),
            new StreamLeaf(new(1), 1, 9, 1, Digest.Of(framed.Span)).Leaf(),
        ];
        var tree = new MerkleTree([.. leaves]);
        var statement = new SiteStatement(new(site), 1, 1, new(2000), 2, tree.Root);
        return new(
            new(1),
            statement,
            new(new byte[Limits.SignatureBytes]),
            [new(0, leaves[0], tree.Path(0), Bytes.Empty), new(1, leaves[1], tree.Path(1), framed)]);
    }

    private static IEnumerable<int> DueAfter(int entries, Func<int, double> second, Func<int, int> bytes)
    {
        var told = new ToldStates(Short);
        for (var entry = 1; entry <= entries; entry++)
        {
            var time = At(0) + TimeSpan.FromSeconds(second(entry));
            var body = new Operation(OperationKind.Application, new(new byte[bytes(entry)]));
            ClientRequest[] updates = [Request(Writer, default, 1, body)];
            var filled = new FilledEntry(new(new((ulong)entry), time, [updates[0].Digest]), new(updates));
            if (told.IsDueAfter(filled))
            {
                told.Tell(new(new((ulong)entry), default), time);
                yield return entry;
            }
        }
    }
}
