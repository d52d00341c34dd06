using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation.Tests.Checkers;

/// <summary>The judges of what clients are told, on trial: each finds the fault that it is there for, and nothing where
/// there is none.</summary>
public sealed class ClientPlantedFaultTests
{
    private const string Me = "me";
    private static readonly WorldKeys Keys = WorldKeys.Create(new WorldOptions(), new Dice(1));
    private static readonly ReplicaId Replica = new(new SiteId(0), 0);
    private readonly ClientHistory _clients = new(Keys.Genesis, Keys.Verifier);
    private readonly OneGlobalOrder _order = new();
    private int _calls;

    [Fact]
    public void A_history_in_which_all_is_well_is_let_pass()
    {
        Write(register: 0, value: 5, at: 1, site: 0, from: 0, to: 10);
        Read(QueryLevel.Local, 0, 5, readAt: 1, changedAt: 1, site: 0, from: 20, to: 30);
        Read(QueryLevel.Ordered, 0, 5, readAt: 1, changedAt: 1, site: 0, from: 40, to: 50);
        Read(QueryLevel.Global, 0, 5, readAt: 1, changedAt: 1, site: 1, from: 60, to: 70);
        Read(QueryLevel.Local, 1, Registers.NeverWritten, readAt: 1, changedAt: 0, site: 2, from: 80, to: 90);

        _clients.Conclude(_order);
    }

    [Fact]
    public void An_answer_that_the_order_does_not_give_at_its_place_is_found()
    {
        Write(0, 5, at: 1, site: 0, from: 0, to: 10);
        Read(QueryLevel.Local, 0, 6, readAt: 1, changedAt: 1, site: 0, from: 20, to: 30);

        AssertFails(nameof(TrueAnswers));
    }

    [Fact]
    public void An_answer_that_names_an_earlier_change_than_the_last_is_found()
    {
        Write(0, 5, at: 1, site: 0, from: 0, to: 10);
        Write(0, 6, at: 2, site: 0, from: 11, to: 15);
        Read(QueryLevel.Local, 0, 6, readAt: 2, changedAt: 1, site: 0, from: 20, to: 30);

        AssertFails(nameof(TrueAnswers));
    }

    [Fact]
    public void An_update_whose_result_is_not_what_it_did_is_found()
    {
        Write(0, 5, at: 1, site: 0, from: 0, to: 10, told: 7);

        AssertFails(nameof(TrueAnswers));
    }

    [Fact]
    public void A_local_answer_from_before_an_own_write_is_found()
    {
        Write(0, 5, at: 1, site: 0, from: 0, to: 10);
        Read(QueryLevel.Local, 0, Registers.NeverWritten, readAt: 0, changedAt: 0, site: 0, from: 20, to: 30);

        AssertFails("NeverOlderThanSeen");
    }

    [Fact]
    public void A_local_answer_from_before_what_an_earlier_one_showed_is_found()
    {
        Write(0, 5, at: 1, site: 0, from: 0, to: 10, client: "another");
        Read(QueryLevel.Local, 0, 5, readAt: 1, changedAt: 1, site: 0, from: 20, to: 30);
        Read(QueryLevel.Local, 0, Registers.NeverWritten, readAt: 0, changedAt: 0, site: 0, from: 40, to: 50);

        AssertFails("NeverOlderThanSeen");
    }

    [Fact]
    public void A_local_answer_may_miss_what_only_others_have_seen()
    {
        Write(0, 5, at: 1, site: 0, from: 0, to: 10, client: "another");
        Read(QueryLevel.Local, 0, Registers.NeverWritten, readAt: 0, changedAt: 0, site: 0, from: 20, to: 30);

        _clients.Conclude(_order);
    }

    [Fact]
    public void An_ordered_answer_that_misses_an_update_of_its_site_is_found()
    {
        Write(0, 5, at: 1, site: 0, from: 0, to: 10, client: "another");
        Read(QueryLevel.Ordered, 0, Registers.NeverWritten, readAt: 0, changedAt: 0, site: 0, from: 20, to: 30);

        AssertFails("LinearizableInSite");
    }

    [Fact]
    public void An_ordered_answer_may_miss_an_update_of_another_site()
    {
        Write(0, 5, at: 1, site: 1, from: 0, to: 10, client: "another");
        Read(QueryLevel.Ordered, 0, Registers.NeverWritten, readAt: 0, changedAt: 0, site: 0, from: 20, to: 30);

        _clients.Conclude(_order);
    }

    [Fact]
    public void A_global_answer_that_misses_an_update_of_any_site_is_found()
    {
        Write(0, 5, at: 1, site: 1, from: 0, to: 10, client: "another");
        Read(QueryLevel.Global, 0, Registers.NeverWritten, readAt: 0, changedAt: 0, site: 0, from: 20, to: 30);

        AssertFails(nameof(Linearizability));
    }

    [Fact]
    public void Places_that_contradict_the_time_of_day_are_found_though_the_values_do_not()
    {
        var order = new RealTimeOrder("promise");
        order.Update("first", 0, 10, At(2));
        order.Update("beside", 5, 15, At(1));
        order.Query("later", 20, 30, new(2), new(2));
        order.Conclude();
        order.Update("after that", 40, 50, At(1));

        Assert.Equal("promise", Assert.Throws<CheckFailedException>(order.Conclude).Invariant);
    }

    [Fact]
    public void A_rejected_update_that_runs_is_found_in_either_order()
    {
        var outcomes = new HonestOutcomes();
        var (one, other) = (Registers.Write(0, 1), Registers.Write(0, 2));
        Reject("one", one);
        outcomes.Executed(Replica, other, default);

        AssertFails(nameof(HonestOutcomes), () => outcomes.Executed(Replica, one, default));
        AssertFails(nameof(HonestOutcomes), () => Reject("other", other));

        void Reject(string name, Bytes operation) => outcomes.Told(
            name, operation, isUpdate: true, isAbandoned: true, Outcome.Rejected, RefusedBecause.None);
    }

    [Fact]
    public void An_update_that_runs_after_its_time_is_found()
    {
        var outcomes = new HonestOutcomes();
        outcomes.Limited(Registers.Write(0, 1), new Timestamp(100));
        outcomes.Executed(Replica, Registers.Write(0, 1), new Timestamp(100));

        AssertFails(
            nameof(HonestOutcomes), () => outcomes.Executed(Replica, Registers.Write(0, 1), new Timestamp(101)));
    }

    [Theory]
    [InlineData(true, false, Outcome.Unknown, RefusedBecause.None)]
    [InlineData(true, false, Outcome.Rejected, RefusedBecause.NotPermitted)]
    [InlineData(true, true, Outcome.Rejected, RefusedBecause.TooLate)]
    [InlineData(true, true, Outcome.NotTaken, RefusedBecause.Overloaded)]
    [InlineData(true, true, Outcome.Answered, RefusedBecause.None)]
    [InlineData(false, true, Outcome.Committed, RefusedBecause.None)]
    [InlineData(false, false, Outcome.Unknown, RefusedBecause.NoSession)]
    public void An_outcome_that_cannot_be_is_found(
        bool isUpdate, bool isAbandoned, Outcome outcome, RefusedBecause because) => AssertFails(
            nameof(HonestOutcomes),
            () => new HonestOutcomes().Told("one", Registers.Write(0, 1), isUpdate, isAbandoned, outcome, because));

    [Fact]
    public void A_second_outcome_is_found()
    {
        var outcomes = new HonestOutcomes();
        Tell();

        AssertFails(nameof(HonestOutcomes), Tell);

        void Tell() => outcomes.Told("one", Registers.Write(0, 1), true, false, Outcome.Committed, RefusedBecause.None);
    }

    [Fact]
    public void A_receipt_that_was_spoilt_is_found()
    {
        foreach (var place in Enumerable.Range(0, 5))
        {
            var (receipt, result) = Proof(place);
            var other = receipt with { Path = ValueList.From(receipt.Path.Select(_ => Digest.Of([1]))) };

            Receipts().Shown("good", receipt, SiteKey, Registers.Write(0, 1), result);
            AssertFails(nameof(TrueReceipts), () => Receipts().Shown("path", other, SiteKey, null, result));
            AssertFails(
                nameof(TrueReceipts),
                () => Receipts().Shown("key", receipt, Keys.Genesis.Sites[1].PublicKey, null, result));
            AssertFails(
                nameof(TrueReceipts),
                () => Receipts().Shown("other result", receipt, SiteKey, null, result with { Position = At(7) }));
        }
    }

    [Fact]
    public void A_receipt_for_what_does_not_stand_there_is_found()
    {
        var ((receipt, result), receipts) = (Proof(3), Receipts());
        receipts.Shown("me", receipt, SiteKey, Registers.Write(0, 1), result);

        AssertFails(nameof(TrueReceipts), () => receipts.Conclude(_order));

        _order.Executed(Replica, 1, result.Position, Registers.Write(0, 1));
        receipts.Conclude(_order);
    }

    private static Bytes SiteKey => Keys.Genesis.Sites[0].PublicKey;

    private static TrueReceipts Receipts() => new(Keys.Genesis.Cluster, Keys.Verifier);

    /// <summary>A receipt among five leaves, under the site's own key.</summary>
    private static (Receipt Receipt, OperationResult Result) Proof(int place)
    {
        var result = new OperationResult(1, Outcome.Committed, RefusedBecause.None, At(3), default, Bytes.Empty);
        var reply = new ClientReply(Keys.ClientKey(0), At(1), Digest.Of([2]), RequestLevel.Update, [result]);
        var leaves = Enumerable.Range(0, 5).Select(leaf => leaf == place ? reply.Leaf() : new Bytes([9, (byte)leaf]));
        var tree = new MerkleTree([.. leaves]);
        var statement = new SiteStatement(new SiteId(0), 1, 1, new SiteSequence(4), 5, tree.Root);
        return (new(reply, statement, Sign(statement), (uint)place, tree.Path(place)), result);
    }

    /// <summary>What f + 1 of the site's replicas sign together.</summary>
    private static Bytes Sign(SiteStatement statement)
    {
        var message = statement.SigningBytes(Keys.Genesis.Cluster);
        var holders = Enumerable.Range(0, 2).Select(replica =>
            Keys.SharesOf(new(new SiteId(0), replica), new Dice((ulong)replica), null)).ToArray();
        var members = ValueList.From(holders.Select((holder, replica) => new GroupMember(
            replica, 1, 1, 0, ((Input.NoncesMade)holder.MakeNonces(new Effect.MakeNonces(1, 1, 1))!).Points[0])));
        var shares = holders.Select((holder, replica) =>
        {
            var place = new SharePlace(1, statement.Sequence, 0, 0, (byte)replica);
            var made = (Input.ShareMade)holder.SignShare(new Effect.SignShare(place, message, members));
            return new GivenShare(replica, made.Response, made.GroupCommitment);
        });
        var wish = new Effect.Combine(new(1, statement.Sequence, 0, 0, 0), message, members, ValueList.From(shares));
        return holders[0].Combine(wish).Signature;
    }

    private void Write(
        int register, long value, ulong at, int site, long from, long to, string client = Me, long? told = null)
    {
        var call = Ask(null, Registers.Write(register, value), from);
        _order.Executed(Replica, 1, At(at), call.Operation);
        _clients.Told(client, call, Outcome.Committed.At(at, 0, told ?? value, site), to);
    }

    private void Read(
        QueryLevel level, int register, long value, ulong readAt, ulong changedAt, int site, long from, long to)
    {
        var call = Ask(level, Registers.Read(register, value), from);
        _clients.Told(Me, call, Outcome.Answered.At(readAt, changedAt, value, site) with { Level = level }, to);
    }

    private ClientCall Ask(QueryLevel? level, Bytes operation, long now)
    {
        var call = new ClientCall($"call {++_calls}", level, operation, now, Timestamp.Never, ReceiptWanted: false);
        _clients.Asked(call);
        return call;
    }

    private static GlobalPosition At(ulong sequence) => new(new GlobalSequence(sequence), 0);

    private void AssertFails(string invariant) => AssertFails(invariant, () => _clients.Conclude(_order));

    private static void AssertFails(string invariant, Action deed) =>
        Assert.Equal(invariant, Assert.Throws<CheckFailedException>(deed).Invariant);
}

/// <summary>Outcomes of registers, as a client is told them.</summary>
internal static class ToldOutcome
{
    public static ClientOutcome At(this Outcome outcome, ulong position, ulong changedAt, long value, int site)
    {
        // The operation that writes a number ends with the bytes that tell it.
        var result = Bytes.Copy(Registers.Write(0, value).Span[2..]);
        return new(
            outcome, ClientReason.None, RefusedBecause.None, new(new(position), 0), new(changedAt), result)
        {
            Site = new SiteId(site),
        };
    }
}
