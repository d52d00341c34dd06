using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>What a site's machine does with the requests of its clients.</summary>
public sealed class SiteMachineRequestsTests
{
    private const int Big = 190 * 1024;

    [Fact]
    public void A_site_alone_executes_and_replies_in_the_same_batch()
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        var request = Request(Writer, session, 1, Do("a"), Do("b"));
        var reply = Assert.Single(world.Do(0, request).Replies);
        Assert.Equal(request.RequestDigest(world.Cluster), reply.Request);
        Assert.Equal(["did a", "did b"], reply.Results.Select(Text));
    }

    [Fact]
    public void What_was_executed_is_told_again_at_once_and_not_ordered_again()
    {
        var world = new MachineWorld(1);
        var request = Request(Writer, world.Open(0), 1, Do("a"));
        Assert.Equal(InputStanding.Consumable, world[0].Judge(request));
        Assert.Null(world[0].AnswerAtOnce(request));
        var reply = Assert.Single(world.Do(0, request).Replies);
        Assert.Equal(InputStanding.Obsolete, world[0].Judge(request));
        Assert.Equal(reply, world[0].AnswerAtOnce(request));

        // A primary that orders it all the same changes nothing.
        var executed = world[0].Snapshot.Executed;
        var again = world.Do(0, request);
        Assert.Equal(reply, Assert.Single(again.Replies));
        Assert.Equal(Rejection.AlreadyAnswered, Assert.Single(again.Skipped).Reason);
        Assert.Equal(executed, world[0].Snapshot.Executed);
    }

    [Fact]
    public void Two_requests_with_overlapping_numbers_run_each_operation_once()
    {
        var world = new MachineWorld(3);
        var session = world.Open(1);
        world.Do(1, Request(Writer, session, 1, Do("a"), Do("b")), Request(Writer, session, 2, Do("b"), Do("c")));
        var replies = world.Talk();
        Assert.Equal(["did a", "did b", "did b", "did c"], replies.SelectMany(reply => reply.Results).Select(Text));
        Assert.Equal(replies[0].Results[1].Position, replies[1].Results[0].Position);
        Assert.Equal("abc", Log(world, 2));
    }

    [Fact]
    public void Two_signatures_over_one_request_have_each_their_reply_and_one_effect()
    {
        var world = new MachineWorld(3);
        var request = Request(Writer, world.Open(1), 1, Do("a"));
        var other = request with { Signature = new([.. Enumerable.Repeat((byte)1, Limits.SignatureBytes)]) };
        world.Do(1, request, other);
        var replies = world.Talk();
        Assert.Equal(2, replies.Count);
        Assert.Equal(replies[0], replies[1]);
        Assert.Equal("a", Log(world, 1));
    }

    [Fact]
    public void A_request_that_two_sites_took_is_executed_once_and_answered_by_both()
    {
        var world = new MachineWorld(3);
        var request = Request(Writer, world.Open(1), 1, Do("a"));
        world.Do(1, request);
        world.Do(2, request);
        var replies = world.Talk();
        Assert.Equal(2, replies.Count);
        Assert.Equal(replies[0], replies[1]);
        Assert.Equal("a", Log(world, 0));
    }

    [Fact]
    public void An_update_without_room_is_refused_and_not_held_against_the_primary()
    {
        var world = new MachineWorld(3);
        var session = world.Open(1);
        world.CutOff.Add(1);
        var number = 1UL;
        while (world[1].Judge(Large(session, number)) == InputStanding.Consumable)
        {
            Assert.True(number * Big <= Limits.PendingBytes, "There is no bound.");
            Assert.Empty(world.Do(1, Large(session, number++)).Replies);
        }

        // Nobody watches it, its client hears at once that it was not taken, and so it is if it is ordered all the
        // same.
        var refused = Large(session, number);
        Assert.Equal(RefusedBecause.Overloaded, Because(world[1].AnswerAtOnce(refused)!));
        var ordered = world.Do(1, refused);
        Assert.Equal(RefusedBecause.Overloaded, Because(Assert.Single(ordered.Replies)));
        Assert.Equal(InputStanding.Obsolete, world[1].Judge(refused));

        // What is pending is not refused.
        Assert.Null(world[1].AnswerAtOnce(Large(session, 1)));

        world.CutOff.Clear();
        Assert.NotEmpty(world.Talk(300, 100));
        Assert.Equal(InputStanding.Consumable, world[1].Judge(refused));
        Assert.Null(world[1].AnswerAtOnce(refused));
    }

    [Fact]
    public void A_removed_client_hears_what_became_of_its_requests_and_may_do_nothing_new()
    {
        var world = new MachineWorld(1);
        var operators = Request(Operator, default, 1, new Operation(OperationKind.OpenSession, Bytes.Empty));
        var session = world.Open(0);
        var office = Assert.Single(world.Do(0, operators).Replies).Results[0].Position;
        var done = Request(Writer, session, 1, Do("a"));
        var reply = Assert.Single(world.Do(0, done).Replies);
        world.Do(0, Request(Operator, office, 1, Administer(new Administration.RemoveClient(Writer))));

        Assert.Equal(reply, world[0].AnswerAtOnce(done));
        Assert.Equal(reply, Assert.Single(world.Do(0, done).Replies));
        var late = Request(Writer, session, 2, Do("b"));
        Assert.Equal(InputStanding.Obsolete, world[0].Judge(late));
        Assert.Equal(RefusedBecause.UnknownClient, Because(world[0].AnswerAtOnce(late)!));
        Assert.Equal(RefusedBecause.UnknownClient, Because(Assert.Single(world.Do(0, late).Replies)));
    }

    [Fact]
    public void A_request_whose_client_is_removed_before_it_runs_is_rejected_by_its_execution()
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        var operators = Request(Operator, default, 1, new Operation(OperationKind.OpenSession, Bytes.Empty));
        var office = Assert.Single(world.Do(0, operators).Replies).Results[0].Position;
        var removal = Request(Operator, office, 1, Administer(new Administration.RemoveClient(Writer)));
        var replies = world.Do(0, removal, Request(Writer, session, 1, Do("a"))).Replies;
        Assert.Equal(Outcome.Rejected, replies[1].Results[0].Outcome);
        Assert.Equal(RefusedBecause.NotPermitted, Because(replies[1]));
    }

    [Fact]
    public void Only_the_site_that_took_an_update_replies_and_all_execute_it_alike()
    {
        var world = new MachineWorld(3);
        var session = world.Open(1);
        world.Do(1, Request(Writer, session, 1, Do("a")));
        Assert.Single(world.Talk());
        Assert.Equal(world[0].Snapshot.Executed, world[2].Snapshot.Executed);
        Assert.Single(Enumerable.Range(0, 3).Select(site => world[site].Snapshot.Digest).Distinct());
    }

    [Fact]
    public void A_receipt_is_owed_until_the_site_can_sign_and_is_then_a_leaf_once()
    {
        var world = new MachineWorld(1, faults: 1);
        var session = world.Open(0);
        var request = Request(Writer, session, 1, Do("a")) with { ReceiptWanted = true };
        var reply = Assert.Single(world.Do(0, request).Replies);
        Assert.False(world[0].Leaves.HasReplies(world[0].Executed));

        var rows = Enumerable.Range(0, 2).Select(replica => Sample.Row(replica, 1, 0)).ToArray<SiteInput>();
        Assert.Empty(world.Do(0, rows).Skipped);
        var leaves = world[0].Leaves.Find(world[0].Executed)!;
        Assert.Equal(reply, leaves.ReplyAt(Assert.Single(leaves.Replies).Value));
        world.Do(0);
        Assert.False(world[0].Leaves.HasReplies(world[0].Executed));
    }

    [Fact]
    public void An_executed_update_is_wanted_again_for_a_receipt_that_is_not_kept_and_for_nothing_else()
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        var plain = Request(Writer, session, 1, Do("a"));
        var proven = plain with { ReceiptWanted = true };
        world.Do(0, plain);
        Assert.Equal(InputStanding.Obsolete, world[0].Judge(plain));
        Assert.Equal(InputStanding.Consumable, world[0].Judge(proven));

        Assert.Empty(world.Do(0, proven).Skipped);

        Assert.Equal(InputStanding.Obsolete, world[0].Judge(proven));
        Assert.NotNull(world[0].Leaves.FindReply(world.NameOf(proven)));
        Assert.Equal(Rejection.AlreadyAnswered, Assert.Single(world.Do(0, proven).Skipped).Reason);
        Assert.False(world[0].Leaves.HasReplies(world[0].Executed));
    }

    [Fact]
    public void A_receipt_whose_leaf_is_let_go_is_put_out_again_when_it_is_asked_for()
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        var request = Request(Writer, session, 1, Do("a")) with { ReceiptWanted = true };
        world.Do(0, request);
        var first = world[0].Leaves.FindReply(world.NameOf(request))!.Value;
        while (world[0].Leaves.Find(first.Batch) is not null)
        {
            world.Do(0);
        }

        Assert.Equal(InputStanding.Consumable, world[0].Judge(request));
        world.Do(0, request);

        Assert.True(world[0].Leaves.HasReplies(world[0].Executed));
    }

    [Fact]
    public void What_was_not_decided_gets_no_receipt()
    {
        var world = new MachineWorld(1);
        world.Open(0);
        var request = Request(Writer, new(new(1), 77), 1, Do("a")) with { ReceiptWanted = true };

        Assert.Equal(InputStanding.Obsolete, world[0].Judge(request));
        world.Do(0, request);

        Assert.False(world[0].Leaves.HasReplies(world[0].Executed));
    }

    [Fact]
    public void Receipts_for_large_results_do_not_pile_up_without_bound()
    {
        var world = new MachineWorld(1);
        var session = world.Open(0);
        for (var number = 1UL; number <= 250; number++)
        {
            var done = number - 1;
            var request = Request(Writer, session, number, Do("B")) with { ReceiptWanted = true, DoneUpTo = done };
            Assert.Equal(Outcome.Committed, Assert.Single(world.Do(0, request).Replies).Results[0].Outcome);
        }

        // One client alone has half of the room.
        var held = world[0].Leaves.HeldReplies.Bytes;
        Assert.InRange(held, (Limits.HeldLeafBytes / 2) - Limits.ResultBytes, Limits.HeldLeafBytes / 2);

        var small = Request(Reader, default, 1, Do("q")) with { Level = RequestLevel.Ordered, ReceiptWanted = true };
        world.Do(0, small);
        Assert.NotNull(world[0].Leaves.FindReply(world.NameOf(small)));
    }

    private static ClientRequest Large(GlobalPosition session, ulong number) => Request(
        Writer, session, number, new Operation(OperationKind.Application, new(new byte[Big])));

    private static RefusedBecause Because(ClientReply reply) => Assert.Single(reply.Results).Because;

    private static string Text(OperationResult result) => System.Text.Encoding.UTF8.GetString(result.Result.Span);

    private static string Log(MachineWorld world, int site) =>
        Text(world[site].Snapshot.Query(Reader, 1, Bytes.FromText("log")));
}
