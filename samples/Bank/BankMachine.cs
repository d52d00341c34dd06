using System.Globalization;
using System.Text;
using Holdfast.Protocol;

namespace Holdfast.Bank;

/// <summary>An application of one's own: accounts that never go below zero. Operations are texts, <c>deposit NAME
/// AMOUNT</c> and <c>transfer FROM TO AMOUNT</c>; a query is the name of an account and gives its balance.</summary>
public sealed class BankMachine : IStateMachine
{
    public string Name => "bank";

    public uint Version => 1;

    /// <summary>Reads its arguments and nothing else. What it throws is a rejection that all replicas share, and leaves
    /// the state untouched: half a transfer cannot happen.</summary>
    public Bytes Execute(in OperationContext context, Bytes operation, IState state)
    {
        var now = context.Position.Sequence;
        switch (TextOf(operation).Split(' '))
        {
            case ["deposit", var name, var amount]:
                return Change(state, name, AmountOf(amount), now);
            case ["transfer", var from, var to, var amount]:
                Change(state, to, AmountOf(amount), now);
                return Change(state, from, -AmountOf(amount), now);
            default:
                throw new FormatException("deposit NAME AMOUNT, or transfer FROM TO AMOUNT.");
        }
    }

    public QueryAnswer Query(IReadOnlyState state, Bytes query)
    {
        var account = Account.Load(state, TextOf(query));
        return new(TextOf(account.Balance), account.ChangedAt);
    }

    private static Bytes Change(IState state, string name, long amount, GlobalSequence now)
    {
        var account = Account.Load(state, name);
        var balance = checked(account.Balance + amount);
        if (balance < 0)
        {
            throw new InvalidOperationException($"{name} has {account.Balance} only.");
        }

        new Account(balance, now).Save(state, name);
        return TextOf(balance);
    }

    private static long AmountOf(string text) =>
        long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string TextOf(Bytes bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static Bytes TextOf(long number) => Bytes.FromText(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>What the state holds under an account's name. An account nobody ever paid into has nothing, and never
    /// changed.</summary>
    private readonly record struct Account(long Balance, GlobalSequence ChangedAt)
    {
        public static Account Load(IReadOnlyState state, string name)
        {
            if (!state.TryGet(Bytes.FromText(name), out var bytes))
            {
                return default;
            }

            var reader = new WireReader(bytes.Span);
            return new(reader.Int64(), reader.GlobalSequence());
        }

        public void Save(IState state, string name)
        {
            var writer = new WireWriter();
            writer.Int64(Balance);
            writer.Sequence(ChangedAt);
            state.Set(Bytes.FromText(name), writer.ToBytes());
        }
    }
}
