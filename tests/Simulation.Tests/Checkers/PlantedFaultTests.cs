using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation.Tests.Checkers;

/// <summary>The judge on trial: every checker finds the fault that it is there for, and nothing where there is
/// none.</summary>
public sealed class PlantedFaultTests
{
    private static readonly ReplicaId First = new(new SiteId(0), 0);
    private static readonly ReplicaId Second = new(new SiteId(1), 2);
    private static readonly Bytes Apple = Bytes.FromText("apple");
    private static readonly Bytes Pear = Bytes.FromText("pear");

    [Fact]
    public void Two_operations_at_one_place_of_the_order_are_found()
    {
        var order = new OneGlobalOrder();
        order.Executed(First, 1, At(1), Apple);
        order.Executed(Second, 1, At(1), Apple);

        AssertFails(nameof(OneGlobalOrder), () => order.Executed(First, 2, At(1), Pear));
    }

    [Fact]
    public void A_replica_that_goes_back_in_one_life_is_found()
    {
        var order = new OneGlobalOrder();
        order.Executed(First, 1, At(1), Apple);
        order.Executed(First, 1, At(2), Pear);
        order.Executed(First, 2, At(1), Apple);

        AssertFails(nameof(OneGlobalOrder), () => order.Executed(First, 1, At(1), Apple));
    }

    [Fact]
    public void An_operation_that_no_client_sent_is_found()
    {
        var invented = new NothingInvented();
        invented.Submitted(Apple);
        invented.Executed(First, Apple);

        AssertFails(nameof(NothingInvented), () => invented.Executed(First, Pear));
    }

    [Fact]
    public void An_operation_that_runs_at_two_places_is_found()
    {
        var once = new ExactlyOnce();
        once.Executed(First, At(1), Apple);
        once.Executed(Second, At(1), Apple);

        AssertFails(nameof(ExactlyOnce), () => once.Executed(Second, At(2), Apple));
    }

    [Fact]
    public void Another_operation_at_an_acknowledged_place_is_found()
    {
        var kept = new AcknowledgedKept();
        kept.Acknowledged(At(1), Apple);
        kept.Executed(First, At(1), Apple);

        AssertFails(nameof(AcknowledgedKept), () => kept.Executed(Second, At(1), Pear));
        AssertFails(nameof(AcknowledgedKept), () => kept.Acknowledged(At(1), Pear));
    }

    [Fact]
    public void An_acknowledged_operation_that_nobody_has_is_found()
    {
        var (kept, order) = (new AcknowledgedKept(), new OneGlobalOrder());
        kept.Acknowledged(At(1), Apple);

        AssertFails(nameof(AcknowledgedKept), () => kept.Conclude(order));

        order.Executed(First, 1, At(1), Apple);
        kept.Conclude(order);
    }

    [Fact]
    public void Different_states_at_one_sequence_are_found()
    {
        var states = new EqualStates();
        states.Global(First, new GlobalSequence(3), Digest.Of(Apple.Span));
        states.Global(Second, new GlobalSequence(3), Digest.Of(Apple.Span));
        states.Machine(First, new SiteSequence(3), Digest.Of(Apple.Span));
        states.Machine(Second, new SiteSequence(3), Digest.Of(Pear.Span));

        Assert.Equal(1, states.Compared);
        AssertFails(nameof(EqualStates), () => states.Global(Second, new GlobalSequence(3), Digest.Of(Pear.Span)));
        AssertFails(
            nameof(EqualStates),
            () => states.Machine(First with { Index = 1 }, new SiteSequence(3), Digest.Of(Pear.Span)));
    }

    [Fact]
    public void A_nonce_that_signs_twice_is_found()
    {
        var nonces = new NonceOnce();
        var points = new NoncePoints(Digest.Of(Apple.Span), Digest.Of(Pear.Span));
        nonces.Used(points, Apple, []);
        nonces.Used(points with { Hiding = default }, Apple, []);

        AssertFails(nameof(NonceOnce), () => nonces.Used(points, Pear, []));
    }

    [Fact]
    public void A_replica_that_contradicts_itself_is_found()
    {
        var contradiction = new NoSelfContradiction();
        contradiction.Said(First, SiteWordKind.Prepare, 0, 1, 7);
        contradiction.Said(First, SiteWordKind.Prepare, 0, 1, 7);
        contradiction.Said(First, SiteWordKind.Commit, 0, 1, 8);
        contradiction.Said(Second, SiteWordKind.Prepare, 0, 1, 8);

        AssertFails(
            nameof(NoSelfContradiction), () => contradiction.Said(First, SiteWordKind.Prepare, 0, 1, 8));
    }

    [Fact]
    public void A_replica_that_lost_its_disk_may_enter_a_view_anew_and_contradict_no_vote()
    {
        var contradiction = new NoSelfContradiction();
        contradiction.Said(First, SiteWordKind.Prepare, 0, 1, 7);
        contradiction.Said(First, SiteWordKind.ViewChange, 5, 0, 7);
        contradiction.Said(Second, SiteWordKind.ViewChange, 5, 0, 7);
        contradiction.Lost(First);
        Assert.False(contradiction.Said(First, SiteWordKind.ViewChange, 5, 0, 7));
        Assert.True(contradiction.Said(First, SiteWordKind.ViewChange, 5, 0, 8));

        AssertFails(
            nameof(NoSelfContradiction), () => contradiction.Said(First, SiteWordKind.Prepare, 0, 1, 8));
        AssertFails(
            nameof(NoSelfContradiction), () => contradiction.Said(First, SiteWordKind.ViewChange, 5, 0, 9));
        AssertFails(
            nameof(NoSelfContradiction), () => contradiction.Said(Second, SiteWordKind.ViewChange, 5, 0, 8));
    }

    [Fact]
    public void A_replica_that_votes_too_soon_after_it_lost_its_disk_is_found()
    {
        var silent = new SilentUntilBack();
        silent.Said(First, SiteWordKind.Prepare, 10, isVoting: true);
        silent.Lost(First);
        silent.Said(Second, SiteWordKind.Prepare, 11, isVoting: true);

        AssertFails(
            nameof(SilentUntilBack), () => silent.Said(First, SiteWordKind.Prepare, 10 + Limits.SiteWindow, isVoting: true));
        silent.Said(First, SiteWordKind.Prepare, 11 + Limits.SiteWindow, isVoting: true);
    }

    [Fact]
    public void What_still_waits_after_the_healing_is_found()
    {
        var progress = new ProgressAfterHealing();
        progress.Waits("apple");
        progress.Waits("pear");
        progress.Done("pear");

        AssertFails(nameof(ProgressAfterHealing), () => progress.Conclude(TimeSpan.FromSeconds(1)));

        progress.Done("apple");
        progress.Conclude(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Two_batches_that_are_committed_at_one_place_of_a_sites_view_are_found()
    {
        var order = new OneSiteOrder();
        order.Committed(First, view: 1, sequence: 5, batch: 7);
        order.Committed(First with { Index = 3 }, view: 1, sequence: 5, batch: 7);
        order.Committed(First, view: 2, sequence: 5, batch: 8);
        order.Committed(Second, view: 1, sequence: 5, batch: 8);

        AssertFails(nameof(OneSiteOrder), () => order.Committed(First with { Index = 1 }, 1, 5, 8));
    }

    [Fact]
    public void A_word_that_leaves_before_what_it_rests_on_is_on_disk_is_found()
    {
        PersistBeforeSend.Sent(First, owesFlush: false);

        AssertFails(nameof(PersistBeforeSend), () => PersistBeforeSend.Sent(First, owesFlush: true));
    }

    [Fact]
    public void A_replica_that_takes_its_disk_for_lost_is_found()
    {
        var losses = new NoFalseLoss();
        losses.Exchanged(First);
        losses.Shown(First, life: 1);
        losses.Shown(Second, life: 0);

        AssertFails(nameof(NoFalseLoss), () => losses.Shown(First, life: 2));
        AssertFails(nameof(NoFalseLoss), () => losses.Shown(Second, life: 1));
    }

    [Fact]
    public void A_replica_that_spins_is_found_and_one_that_works_is_not()
    {
        var rest = new RestWhenIdle();
        for (var turn = 0; turn < 10 * RestWhenIdle.IdleTurnsPerSecond; turn++)
        {
            rest.Turned(First, now: 500_000, inputs: 1);
            rest.Turned(Second, now: turn * 1_000L, inputs: 0);
        }

        for (var turn = 0; turn < RestWhenIdle.IdleTurnsPerSecond; turn++)
        {
            rest.Turned(First, now: 1_500_000 + turn, inputs: 0);
        }

        AssertFails(nameof(RestWhenIdle), () => rest.Turned(First, now: 1_900_000, inputs: 0));
    }

    private static GlobalPosition At(ulong sequence) => new(new GlobalSequence(sequence), 0);

    private static void AssertFails(string invariant, Action deed) =>
        Assert.Equal(invariant, Assert.Throws<CheckFailedException>(deed).Invariant);
}
