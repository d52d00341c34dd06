using System.CommandLine;
using System.Globalization;
using Holdfast.Protocol;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast txn</c>: if all conditions hold then the one list of operations, else the other.</summary>
internal static class TransactionCommand
{
    private static readonly (string Sign, CompareRelation Relation)[] Relations =
    [
        ("!=", CompareRelation.NotEqual),
        ("=", CompareRelation.Equal),
        ("<", CompareRelation.Less),
        (">", CompareRelation.Greater),
    ];

    public static Command Build()
    {
        var (system, receipt) = (new SystemOptions(), UpdateCommands.ReceiptOption());
        var compare = List(
            "--if", "A condition: KEY=VALUE, or version:KEY=N, created:KEY=N, modified:KEY=N; also != < >.");
        var then = List("--then", "If all hold: 'put KEY VALUE', 'del KEY' or 'get KEY', as one argument.");
        var otherwise = List("--else", "If one does not hold: the same.");
        var command = new Command("txn", "Look and change in one step.") { compare, then, otherwise, receipt };
        system.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var transaction = new KeyValueOperation.Transaction(
                ValueList.From((parsed.GetValue(compare) ?? []).Select(Compare)),
                ValueList.From((parsed.GetValue(then) ?? []).Select(Operation)),
                ValueList.From((parsed.GetValue(otherwise) ?? []).Select(Operation)));
            return UpdateCommands.RunAsync(
                parsed,
                system.ConnectAsClient(parsed),
                receipt,
                async (store, options) =>
                {
                    var done = await store.TransactAsync(transaction, options, cancel).ConfigureAwait(false);
                    var lines = done.Value.Replies.Select(Shown).Prepend(
                        $"{(done.Value.Succeeded ? "then" : "else")}, revision {done.Value.Revision}");
                    return (
                        done.Outcome,
                        string.Join('\n', lines),
                        done.Value.Succeeded ? ExitCode.Success : ExitCode.NotThere);
                });
        });
        return command;
    }

    internal static KeyCompare Compare(string text)
    {
        foreach (var (sign, relation) in Relations)
        {
            if (text.IndexOf(sign, StringComparison.Ordinal) is > 0 and var at)
            {
                return Compare(text, text[..at], relation, text[(at + sign.Length)..]);
            }
        }

        throw new CommandFailure(ExitCode.Usage, $"Expected a condition such as key=value after --if, found '{text}'.");
    }

    internal static KeyValueOperation Operation(string text)
    {
        var words = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            ["put", var key, var value] => new KeyValueOperation.Put(Bytes.FromText(key), Bytes.FromText(value), false),
            ["del", var key] => new KeyValueOperation.Delete(KeyRange.Single(Bytes.FromText(key)), false),
            ["get", var key] => new KeyValueOperation.Range(RangeRequest.Get(Bytes.FromText(key))),
            _ => throw new CommandFailure(
                ExitCode.Usage, $"Expected 'put KEY VALUE', 'del KEY' or 'get KEY' as one argument, found '{text}'."),
        };
    }

    private static KeyCompare Compare(string text, string left, CompareRelation relation, string right)
    {
        var colon = left.IndexOf(':', StringComparison.Ordinal);
        CompareTarget? target = colon < 0 ? null : left[..colon] switch
        {
            "version" => CompareTarget.Version,
            "created" => CompareTarget.CreateRevision,
            "modified" => CompareTarget.ModRevision,
            _ => null,
        };
        if (target is null)
        {
            return KeyCompare.OnValue(Bytes.FromText(left), relation, Bytes.FromText(right));
        }

        return ulong.TryParse(right, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? KeyCompare.OnNumber(Bytes.FromText(left[(colon + 1)..]), target.Value, relation, number)
            : throw new CommandFailure(ExitCode.Usage, $"Expected a number on the right of '{text}'.");
    }

    private static string Shown(KeyValueReply reply) => reply switch
    {
        KeyValueReply.Put => "put",
        KeyValueReply.Delete delete => $"deleted {delete.Deleted}",
        KeyValueReply.Range { Items: [var item, ..] } => Answers.Shown(item.Value),
        KeyValueReply.Range => "no such key",
        _ => reply.ToString(),
    };

    private static Option<string[]> List(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.ZeroOrMore,
    };
}
