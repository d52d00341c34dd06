using System.CommandLine;
using System.Diagnostics;
using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast put</c> and <c>del</c>: updates of the key-value store.</summary>
internal static class UpdateCommands
{
    public static Command BuildPut()
    {
        var (system, receipt) = (new SystemOptions(), ReceiptOption());
        var key = new Argument<string>("KEY");
        var value = new Argument<string>("VALUE");
        var command = new Command("put", "Set a key.") { key, value, receipt };
        system.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(
            parsed,
            system.ConnectAsClient(parsed),
            receipt,
            async (store, options) =>
            {
                var put = await store.PutAsync(
                    Bytes.FromText(parsed.GetRequiredValue(key)),
                    Bytes.FromText(parsed.GetRequiredValue(value)),
                    withPrevious: false,
                    options,
                    cancel).ConfigureAwait(false);
                return (put.Outcome, $"revision {put.Value.Revision}", ExitCode.Success);
            }));
        return command;
    }

    public static Command BuildDelete()
    {
        var (system, receipt) = (new SystemOptions(), ReceiptOption());
        var key = new Argument<string>("KEY");
        var prefix = new Option<bool>("--prefix") { Description = "Delete all keys that begin with KEY." };
        var command = new Command("del", "Delete a key, or all keys with a prefix.") { key, prefix, receipt };
        system.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(
            parsed,
            system.ConnectAsClient(parsed),
            receipt,
            async (store, options) =>
            {
                var from = Bytes.FromText(parsed.GetRequiredValue(key));
                var keys = parsed.GetValue(prefix) ? KeyRange.Prefix(from) : KeyRange.Single(from);
                var deleted = await store.DeleteAsync(keys, withPrevious: false, options, cancel).ConfigureAwait(false);
                var count = deleted.Value.Deleted;
                return (
                    deleted.Outcome,
                    $"deleted {count}, revision {deleted.Value.Revision}",
                    count == 0 ? ExitCode.NotThere : ExitCode.Success);
            }));
        return command;
    }

    public static Option<string?> ReceiptOption() => new("--receipt")
    {
        Description = "Keep the answer under the site's signature in this file; 'holdfast verify' checks it offline.",
        HelpName = "FILE",
    };

    /// <summary>Runs one update and tells what became of it.</summary>
    public static async Task<int> RunAsync(
        ParseResult parsed,
        Connection opened,
        Option<string?> receipt,
        Func<KeyValueClient, UpdateOptions, Task<(ClientOutcome Outcome, string Text, int ExitCode)>> update)
    {
        await using var connection = opened;
        var file = parsed.GetValue(receipt);
        var began = Stopwatch.GetTimestamp();
        var (outcome, text, code) = await Answers
            .OfAsync(connection, () => update(connection.Store, new UpdateOptions { ReceiptWanted = file is not null }))
            .ConfigureAwait(false);
        var configuration = parsed.InvocationConfiguration;
        await configuration.Output.WriteLineAsync(text).ConfigureAwait(false);
        await configuration.Error.WriteLineAsync(Answers.HowKnown(outcome, began)).ConfigureAwait(false);
        if (file is not null)
        {
            await KeepAsync(connection, outcome, file, configuration.Error).ConfigureAwait(false);
        }

        return code;
    }

    private static async Task KeepAsync(Connection connection, ClientOutcome outcome, string file, TextWriter output)
    {
        if (outcome.Receipt is not { } receipt)
        {
            throw new CommandFailure(
                ExitCode.NoAnswer,
                "The update was executed, but no receipt came in time; ask again with another update.");
        }

        new ReceiptFile(connection.Topology.Genesis.Cluster, receipt).Save(file);
        var key = Server.Configuration.HomeFiles.SitePublicKey(connection.Folder, receipt.Statement.Site);
        await output.WriteLineAsync($"receipt in {file}; check it with: holdfast verify {file} --site-key {key}")
            .ConfigureAwait(false);
    }
}
