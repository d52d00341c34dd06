using Holdfast.Bank;
using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>The sample: an application of one's own, run as a replica runs it.</summary>
public sealed class BankTests
{
    private static readonly Genesis Beginning = new(
        new Bytes(new byte[Genesis.RandomBytes]), [], [], [new(Writer, Roles.Reader | Roles.Writer)], "bank", 1);

    private readonly GlobalState _state = GlobalState.Begin(Beginning, new BankMachine());
    private readonly GlobalPosition _session;
    private ulong _number;

    public BankTests()
    {
        var open = new Operation(OperationKind.OpenSession, default);
        _session = Execute(Request(Writer, default, 1, open))[0].Position;
    }

    [Fact]
    public void A_transfer_moves_money_and_makes_none()
    {
        Do("deposit alice 10");

        Assert.Equal(Bytes.FromText("7"), Do("transfer alice bob 3").Result);
        Assert.Equal(("7", "3"), (Balance("alice"), Balance("bob")));
    }

    [Theory]
    [InlineData("transfer alice bob 11")]
    [InlineData("transfer alice bob -1")]
    [InlineData("deposit alice 9223372036854775807")]
    [InlineData("rob alice 5")]
    public void What_must_not_happen_leaves_every_account_as_it_was(string operation)
    {
        Do("deposit alice 10");

        var refused = Do(operation);

        Assert.Equal((Outcome.Rejected, RefusedBecause.ApplicationFailed), (refused.Outcome, refused.Because));
        Assert.Equal(("10", "0"), (Balance("alice"), Balance("bob")));
    }

    [Fact]
    public void A_balance_tells_when_it_changed_last()
    {
        var deposit = Do("deposit alice 10");
        Do("deposit bob 1");

        Assert.Equal(deposit.Position.Sequence, _state.Snapshot().Query(Writer, 1, Bytes.FromText("alice")).ChangedAt);
    }

    private OperationResult Do(string operation) =>
        Assert.Single(Execute(Request(Writer, _session, ++_number, GlobalStage.Do(operation))));

    private string Balance(string name) => System.Text.Encoding.UTF8.GetString(
        _state.Snapshot().Query(Writer, 1, Bytes.FromText(name)).Result.Span);

    private OperationResult[] Execute(ClientRequest request) =>
        [.. _state.Execute(_state.Executed.Next, default, [request])[0].Results];
}
