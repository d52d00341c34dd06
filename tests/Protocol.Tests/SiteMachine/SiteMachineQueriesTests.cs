using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;
using static Holdfast.Protocol.Tests.MachineWorld;

namespace Holdfast.Protocol.Tests;

/// <summary>Queries that take their place in a site's order, and what is saved of a machine.</summary>
public sealed class SiteMachineQueriesTests
{
    [Fact]
    public void An_ordered_query_sees_every_batch_before_its_own()
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        world.Do(0, Request(Writer, session, 1, Do("a")));
        var answer = Assert.Single(world.Do(0, Query(1, RequestLevel.Ordered)).Replies).Results[0];
        Assert.Equal((Outcome.Answered, Bytes.FromText("a")), (answer.Outcome, answer.Result));
    }

    [Fact]
    public void An_ordered_query_waits_for_its_floor_and_then_says_behind()
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        Assert.Empty(world.Do(0, Query(1, RequestLevel.Ordered, floor: 2)).Replies);
        Assert.Empty(world.Do(0, Query(2, RequestLevel.Ordered, floor: 3)).Replies);
        Assert.True(world[0].NextDeadline > world.Now);
        var replies = world.Do(0, Request(Writer, session, 1, Do("a"))).Replies;
        Assert.Equal([Outcome.Committed, Outcome.Answered], replies.Select(reply => reply.Results[0].Outcome));
        Assert.Equal(Outcome.Behind, Assert.Single(world.Talk(110)).Results[0].Outcome);
    }

    [Fact]
    public void A_site_that_slept_lets_queries_wait_anew()
    {
        var world = new MachineWorld(1);
        world.Do(0, Query(1, RequestLevel.Ordered, floor: 9));
        world.Now += TimeSpan.FromHours(1);
        Assert.Empty(world.Do(0).Replies);
        Assert.Single(world.Talk(110));
    }

    [Fact]
    public void A_query_is_answered_once_however_often_it_is_ordered()
    {
        var world = new MachineWorld(1);
        var query = Query(1, RequestLevel.Ordered);
        Assert.Single(world.Do(0, query, query).Replies);
        Assert.Equal(InputStanding.Obsolete, world[0].Judge(query));
        Assert.Equal(Rejection.AlreadyAnswered, Assert.Single(world.Do(0, query).Skipped).Reason);
    }

    [Fact]
    public void A_query_replayed_after_very_many_others_costs_an_answer_and_changes_nothing()
    {
        var world = new MachineWorld(1);
        var query = Query(1, RequestLevel.Ordered);
        world.Do(0, query);
        world.Do(0, [.. Enumerable.Range(2, 4096).Select(number => Query((ulong)number, RequestLevel.Ordered))]);
        var before = world[0].Snapshot.Digest;
        Assert.Single(world.Do(0, query).Replies);
        Assert.Equal(before, world[0].Snapshot.Digest);
    }

    [Theory]
    [InlineData(RequestLevel.Ordered)]
    [InlineData(RequestLevel.Global)]
    public void A_client_whose_queries_wait_has_half_of_the_room_and_one_too_many_is_not_taken(RequestLevel level)
    {
        var world = new MachineWorld(3);
        world.CutOff.Add(1);
        var text = new string('c', 190 * 1024);
        for (var number = 1UL; number <= 200; number++)
        {
            var done = world.Do(1, Query(number, level, floor: 9, text));
            if (done.Replies is [{ } refused])
            {
                Assert.Equal(Rejection.ShareUsedUp, Assert.Single(done.Skipped).Reason);
                Assert.Equal(RefusedBecause.Overloaded, refused.Results[0].Because);
                Assert.InRange((long)number * text.Length, Limits.WaitingReadBytes / 2, Limits.WaitingReadBytes * 2 / 3);
                Assert.Empty(world.Do(1, Query(1, level, floor: 9, text, client: Operator)).Replies);
                return;
            }
        }

        Assert.Fail("There is no bound.");
    }

    /// <summary>They are held all together, and a question is short.</summary>
    [Theory]
    [InlineData(RequestLevel.Ordered)]
    [InlineData(RequestLevel.Global)]
    public void A_batch_answers_so_many_bytes_and_the_other_queries_are_not_taken(RequestLevel level)
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        for (var number = 1UL; number <= 5; number++)
        {
            world.Do(0, Request(Writer, session, number, Do(new string('a', 190 * 1024))));
        }

        var queries = Enumerable.Range(1, 40).Select(number => Query((ulong)number, level));
        var replies = world.Do(0, [.. queries]).Replies.ToLookup(reply => reply.Results[0].Outcome);

        var answered = replies[Outcome.Answered].Sum(reply => (long)reply.ResultBytes);
        Assert.InRange(answered, Limits.AnsweredBytesPerBatch / 2, (Limits.AnsweredBytesPerBatch / 2) + (2 * Limits.ResultBytes));
        Assert.Equal(40, replies[Outcome.Answered].Count() + replies[Outcome.NotTaken].Count());
        Assert.All(
            replies[Outcome.NotTaken], reply => Assert.Equal(RefusedBecause.Overloaded, reply.Results[0].Because));
        Assert.Equal(Outcome.Answered, Assert.Single(world.Do(0, Query(41, level)).Replies).Results[0].Outcome);

        // Another client, and the other level, have room left.
        var other = level == RequestLevel.Global ? RequestLevel.Ordered : RequestLevel.Global;
        var others = world.Do(0, [.. queries.Select(query => query with { FirstNumber = query.FirstNumber + 100 }),
            Query(201, level, client: Writer), Query(202, other)]).Replies;
        Assert.Equal(
            [Outcome.Answered, Outcome.Answered],
            others.Where(reply => reply.Client == Writer || reply.Level == other).Select(reply => reply.Results[0].Outcome));
    }

    [Fact]
    public void A_client_that_may_not_read_is_told_so_and_a_stranger_is_not_taken()
    {
        var world = new MachineWorld(1);
        var replies = world.Do(
            0,
            Query(1, RequestLevel.Ordered, client: Operator),
            Query(1, RequestLevel.Global, client: Operator),
            Query(1, RequestLevel.Ordered, client: Stranger)).Replies;
        Assert.Equal(
            [Outcome.Rejected, Outcome.NotTaken, Outcome.Rejected],
            replies.Select(reply => reply.Results[0].Outcome));
    }

    [Fact]
    public void A_global_query_is_answered_after_one_round_trip_and_sees_what_another_site_was_told()
    {
        var world = new MachineWorld(3);
        var session = world.Open(1);
        world.Do(1, Request(Writer, session, 1, Do("a")));
        world.Talk();
        Assert.Empty(world.Do(2, Query(1, RequestLevel.Global)).Replies);
        var answer = Assert.Single(world.Talk(2)).Results[0];
        Assert.Equal((Outcome.Answered, Bytes.FromText("a")), (answer.Outcome, answer.Result));
    }

    [Fact]
    public void A_global_query_of_a_site_that_is_cut_off_is_not_taken_and_never_answered_from_its_own_state()
    {
        var world = new MachineWorld(3);
        world.CutOff.Add(2);
        world.Do(2, Query(1, RequestLevel.Global));
        var reply = Assert.Single(world.Talk(300));
        Assert.Equal((Outcome.NotTaken, RefusedBecause.CutOff), (reply.Results[0].Outcome, reply.Results[0].Because));
    }

    [Fact]
    public void A_site_that_left_its_view_echoes_no_read_number()
    {
        var world = new MachineWorld(3);
        world.Do(0, Query(1, RequestLevel.Global));
        world.Talk();
        Assert.Equal(1UL, world[2].Links[new(0)].OwnFront!.EchoedRead);

        // A state from far ahead: what was accepted behind it is not told any more, and may be committed.
        Assert.True(world[2].Ordering.InstallState(new(20), default, world.Now));
        world.Do(0, Query(2, RequestLevel.Global));
        world.Talk(2);
        Assert.False(world[2].Ordering.IsOfView);

        // Nor the old one: that it was echoed with another end the reader may never have heard.
        Assert.Equal(0UL, world[2].Links[new(0)].OwnFront!.EchoedRead);
        Assert.Equal(2UL, world[1].Links[new(0)].OwnFront!.EchoedRead);
    }

    [Fact]
    public void A_site_alone_answers_a_global_query_in_the_same_batch()
    {
        var world = new MachineWorld(1);
        var reply = Assert.Single(world.Do(0, Query(1, RequestLevel.Global)).Replies);
        Assert.Equal(Outcome.Answered, reply.Results[0].Outcome);
    }

    [Fact]
    public void What_the_application_waits_for_is_a_deadline_as_soon_as_it_waits()
    {
        var world = new MachineWorld(1) { Now = At(100) };
        var session = world.Open(0);
        world.Now = At(100) + TimeSpan.FromMilliseconds(600);
        world.Do(0, Request(Writer, session, 1, new Operation(OperationKind.Application, new([(byte)'W', 101]))));
        Assert.Equal(At(101), world[0].NextDeadline);
        world.Now = At(101);
        world.Do(0);
        Assert.EndsWith("<over>", System.Text.Encoding.UTF8.GetString(
            world[0].Snapshot.Query(Reader, 1, Bytes.FromText("log")).Result.Span), StringComparison.Ordinal);
    }

    /// <summary>Updates, queries that wait and are given up, receipts, cuts: whatever a checkpoint finds in the middle,
    /// a machine that was loaded from it says and becomes the same.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_machine_that_was_restored_in_the_middle_thinks_the_same(ulong seed)
    {
        var (world, dice) = (new MachineWorld(3) { WithTwins = true }, new Dice(seed));
        var (session, number) = (world.Open(1), 0UL);
        for (var step = 0; step < 2000; step++)
        {
            world.Now += TimeSpan.FromMilliseconds(dice.Below(40) + (dice.OneIn(200) ? 2500 : 0));
            number++;
            var input = dice.Below(12) switch
            {
                < 5 => Request(Writer, session, number, Do("a")) with
                {
                    ReceiptWanted = dice.OneIn(2),
                    DoneUpTo = number > 50 ? number - 50 : 0,
                },
                < 7 => Query(number, RequestLevel.Global),
                < 9 => Query(number, RequestLevel.Ordered, floor: number),
                _ => null,
            };
            var site = dice.Below(3);
            _ = input is null ? world.Hear(site) : world.Do(site, input).Replies;
            if (dice.OneIn(100))
            {
                world.CutOff.Clear();
                world.CutOff.UnionWith(dice.OneIn(2) ? [] : [dice.Below(3)]);
            }
        }

        Assert.True(world.Restored >= 6, $"Only {world.Restored} machines were restored.");
    }

    [Fact]
    public void Receipts_that_are_owed_survive_a_restart()
    {
        var world = new MachineWorld(1, faults: 1) { WithTwins = true };
        var session = world.Open(0);
        world.Do(0, Request(Writer, session, 1, Do("a")) with { ReceiptWanted = true });
        for (var batch = 0; batch < 300; batch++)
        {
            world.Now += TimeSpan.FromMilliseconds(20);
            world.Do(0);
        }

        Assert.True(world.Restored > 0);
        world.Do(0, Sample.Row(0, 1, 0), Sample.Row(1, 1, 0));
        Assert.True(world[0].Leaves.HasReplies(world[0].Executed));
    }
}
