using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>The bytes of operations and of the state, written out: programs that differ here would part ways, so a
/// change has to be typed in by a person, together with a new version of the machine.</summary>
public sealed class StateFormatTests
{
    private static readonly Bytes Key = Bytes.FromText("k");

    [Fact]
    public void Operations_have_these_encodings()
    {
        var transaction = new KeyValueOperation.Transaction(
            [KeyCompare.OnNumber(Key, CompareTarget.Version, CompareRelation.Equal, 1)],
            [new KeyValueOperation.Put(Key, Bytes.FromText("v"), WithPrevious: true)],
            []);

        Assert.Equal(
            "04" + "00000001" + "000000016b" + "0101" + "0000000000000001"
                + "00000001" + "01" + "000000016b" + "0000000176" + "01"
                + "00000000",
            transaction.Encode().ToHex());
        var delete = new KeyValueOperation.Delete(KeyRange.All, WithPrevious: false);
        Assert.Equal("02" + "00000000" + "00" + "00", delete.Encode().ToHex());
        Assert.Equal("05" + "0000000000000007", new KeyValueOperation.Compact(7).Encode().ToHex());
    }

    [Fact]
    public void Queries_and_replies_have_these_encodings()
    {
        var get = new KeyValueQuery.Range(RangeRequest.Get(Key), WithRevision: false);
        var item = new KeyValueItem(Key, Bytes.FromText("v"), 2, 3, 4);

        Assert.Equal(
            "01" + "000000016b" + "01" + "000000026b00" + "0000000000000000" + "00000000" + "01" + "00",
            get.Encode().ToHex());
        Assert.Equal(
            "03" + "0000000000000009" + "00000001" + "000000016b" + "0000000176" + "0000000000000002"
                + "0000000000000003" + "0000000000000004" + "00" + "0000000000000001",
            new KeyValueReply.Range(9, [item], More: false, 1).Encode().ToHex());
        var refused = new KeyValueReply.Refused(9, KeyValueError.Compacted);
        Assert.Equal("06" + "0000000000000009" + "04", refused.Encode().ToHex());
    }

    [Fact]
    public void The_state_after_these_entries_has_this_digest()
    {
        var state = GlobalState.Begin(
            new Genesis(
                new Bytes(new byte[Genesis.RandomBytes]), [], [], [new(Writer, Roles.Writer)], "holdfast key-value", 2),
            new KeyValueStore());
        var open = new Operation(OperationKind.OpenSession, Bytes.Empty);
        KeyValueOperation[] operations =
        [
            new KeyValueOperation.Put(Key, Bytes.FromText("v"), WithPrevious: false),
            new KeyValueOperation.Delete(KeyRange.Single(Key), WithPrevious: true),
            new KeyValueOperation.Put(Bytes.FromHex("0061"), Bytes.FromText("w"), WithPrevious: false),
            new KeyValueOperation.Compact(2),
        ];
        state.Execute(new(1), GlobalStage.At(100), [Request(Writer, default, 1, open)]);
        var all = operations.Select(one => new Operation(OperationKind.Application, one.Encode())).ToArray();

        state.Execute(new(2), GlobalStage.At(101), [Request(Writer, new(new(1), 0), 1, all)]);

        Assert.Equal(
            "21fa5eda4ea91d4b1a890daa8302e7aa762714a5211a93cbd35701fbfda340ba", state.Snapshot().Digest.ToHex());
    }

    [Fact]
    public void An_idle_session_that_is_not_there_breaks_invariant_X2()
    {
        var stage = new GlobalStage();
        var session = stage.Open(Writer);
        var map = new AuthenticatedMap(stage.State.Snapshot().Map);
        map.Under(GlobalLayout.Sessions).Remove(new SessionName(Writer, session).Encode());
        stage.State = new GlobalState(map.Snapshot(), new TestMachine());
        stage.Second += 2 * (long)SessionLimits.Idle.TotalSeconds;

        Assert.Equal("X2", Assert.Throws<InvariantBrokenException>(() => stage.Execute()).Name);
    }

    [Fact]
    public void A_state_from_behind_breaks_invariant_X4()
    {
        var stage = new GlobalStage();
        var before = stage.State.Snapshot().Map;
        stage.Execute();
        Assert.Equal("X4", Assert.Throws<InvariantBrokenException>(() => stage.State.Install(before)).Name);
    }

    [Fact]
    public void A_living_key_without_its_version_breaks_invariant_V1()
    {
        var (store, map) = (new KeyValueStore(), new AuthenticatedMap());
        var state = map.Under(Key);
        var put = new KeyValueOperation.Put(Key, Key, WithPrevious: false);
        store.Execute(new(new(new(1), 0), default, default), put.Encode(), state);
        state.Remove(KeyspaceLayout.History(Key, 2));

        var get = new KeyValueQuery.Range(RangeRequest.Get(Key), WithRevision: false).Encode();
        Assert.Equal("V1", Assert.Throws<InvariantBrokenException>(() => store.Query(state, get)).Name);
    }
}
