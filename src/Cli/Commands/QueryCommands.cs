using System.CommandLine;
using System.Diagnostics;
using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast get</c> and <c>range</c>: questions to the key-value store.</summary>
internal static class QueryCommands
{
    public static Command BuildGet()
    {
        var (system, level) = (new SystemOptions(), LevelOption());
        var key = new Argument<string>("KEY");
        var command = new Command("get", "Read a key.") { key, level };
        system.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var connection = system.ConnectAsClient(parsed);
            var began = Stopwatch.GetTimestamp();
            var got = await Answers.OfAsync(connection, () => connection.Store.GetAsync(
                Bytes.FromText(parsed.GetRequiredValue(key)), parsed.GetValue(level), cancel)).ConfigureAwait(false);
            var configuration = parsed.InvocationConfiguration;
            if (got.Value is { } item)
            {
                await configuration.Output.WriteLineAsync(Answers.Shown(item.Value)).ConfigureAwait(false);
            }

            var what = got.Value is { } there ? $"revision {there.ModRevision}" : "no such key";
            await configuration.Error.WriteLineAsync($"{what}, {Answers.HowKnown(got.Outcome, began)}")
                .ConfigureAwait(false);
            return got.Value is null ? ExitCode.NotThere : ExitCode.Success;
        });
        return command;
    }

    public static Command BuildRange()
    {
        var (system, level) = (new SystemOptions(), LevelOption());
        var from = new Argument<string>("FROM") { DefaultValueFactory = _ => string.Empty, Description = "First key." };
        var to = new Argument<string?>("TO")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The key before which it ends; to the end if left out.",
        };
        var prefix = new Option<bool>("--prefix") { Description = "All keys that begin with FROM." };
        var limit = new Option<uint>("--limit")
        {
            Description = "So many keys at most; 0 for as many as a reply holds.",
        };
        var keysOnly = new Option<bool>("--keys-only") { Description = "Without values." };
        var command = new Command("range", "Read keys in order.") { from, to, prefix, limit, keysOnly, level };
        system.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var connection = system.ConnectAsClient(parsed);
            var first = Bytes.FromText(parsed.GetRequiredValue(from));
            var keys = parsed.GetValue(prefix) ? KeyRange.Prefix(first)
                : new KeyRange(first, parsed.GetValue(to) is { } end ? Bytes.FromText(end) : null);
            var parts = parsed.GetValue(keysOnly) ? RangeParts.Keys : RangeParts.KeysAndValues;
            var request = new RangeRequest(keys, Revision: 0, parsed.GetValue(limit), parts);
            var began = Stopwatch.GetTimestamp();
            var range = await Answers.OfAsync(connection, () => connection.Store.RangeAsync(
                request, parsed.GetValue(level), withRevision: false, cancel)).ConfigureAwait(false);
            var configuration = parsed.InvocationConfiguration;
            foreach (var item in range.Value.Items)
            {
                var value = parsed.GetValue(keysOnly) ? string.Empty : $"\t{Answers.Shown(item.Value)}";
                await configuration.Output.WriteLineAsync(Answers.Shown(item.Key) + value).ConfigureAwait(false);
            }

            var more = range.Value.More ? $" of {range.Value.Count}" : string.Empty;
            await configuration.Error.WriteLineAsync(
                $"{range.Value.Items.Count}{more} keys, {Answers.HowKnown(range.Outcome, began)}")
                    .ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    private static Option<QueryLevel> LevelOption() => new("--level")
    {
        Description =
            "local: after some prefix of the global order, with its age; ordered: linearizable among the clients of "
            + "the site; global: linearizable among all clients.",
        HelpName = "local|ordered|global",
        DefaultValueFactory = _ => QueryLevel.Local,
    };
}
