using System.CommandLine;
using System.Diagnostics;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast client</c>: who may do what, by the operator's key. Each change is an update like any
/// other.</summary>
internal static class ClientCommand
{
    public static Command Build() => new("client", "Add, change and remove the system's clients, as its operator.")
    {
        BuildAdd(),
        BuildRemove(),
        BuildList(),
    };

    private static Command BuildAdd()
    {
        var system = new SystemOptions();
        var name = new Argument<string>("NAME") { Description = "Its folder's name under clients/." };
        var roles = new Option<Roles[]>("--role")
        {
            Description = "What it may do: Reader, Writer, Operator; more than one.",
            HelpName = "ROLE",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [Roles.Reader, Roles.Writer],
        };
        var command = new Command("add", "Make a client known, with a new key if it has none; or change its roles.")
        {
            name, roles,
        };
        system.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var granted = parsed.GetRequiredValue(roles).Aggregate(Roles.None, (all, role) => all | role);
            if (granted == Roles.None)
            {
                throw new CommandFailure(
                    ExitCode.Usage, "Expected Reader, Writer or Operator after --role, found none.");
            }

            var folder = system.SystemFolder(parsed);
            var client = KeyOf(folder, parsed.GetRequiredValue(name), mayMake: true);
            return ChangeAsync(
                parsed,
                system,
                new Administration.SetClient(client, granted),
                $"client {parsed.GetRequiredValue(name)} {client.ToHex()[..16]}: {granted}",
                cancel);
        });
        return command;
    }

    private static Command BuildRemove()
    {
        var system = new SystemOptions();
        var name = new Argument<string>("NAME")
        {
            Description = "Its folder's name under clients/, or its key in hexadecimal.",
        };
        var command = new Command("remove", "Let a client do nothing any more.") { name };
        system.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var client = KeyOf(system.SystemFolder(parsed), parsed.GetRequiredValue(name), mayMake: false);
            return ChangeAsync(
                parsed, system, new Administration.RemoveClient(client), $"removed {client.ToHex()[..16]}", cancel);
        });
        return command;
    }

    private static Command BuildList()
    {
        var system = new SystemOptions();
        var command = new Command("list", "Name the clients whose folders are here, and those of the genesis.");
        system.AddTo(command);
        command.SetAction(parsed =>
        {
            var folder = system.SystemFolder(parsed);
            var names = Folders(folder).ToDictionary(home => ReadKey(home), home => Path.GetFileName(home));
            var genesis = HomeFiles.ReadTopology(folder).Genesis.Clients.ToDictionary(
                one => one.PublicKey, one => one.Roles);
            foreach (var key in names.Keys.Concat(genesis.Keys).Distinct().OrderBy(key => key))
            {
                var unnamed = genesis.GetValueOrDefault(key).HasFlag(Roles.Operator) ? "operator" : "-";
                var name = names.GetValueOrDefault(key) ?? unnamed;
                var roles = genesis.TryGetValue(key, out var given) ? $"{given}, from the genesis" : "added later";
                parsed.InvocationConfiguration.Output.WriteLine($"{key.ToHex()}\t{name}\t{roles}");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<int> ChangeAsync(
        ParseResult parsed, SystemOptions system, Administration change, string done, CancellationToken cancel)
    {
        await using var connection = system.ConnectAsOperator(parsed);
        var began = Stopwatch.GetTimestamp();
        var outcome = await connection.Client.AdministerAsync(change.Encode().Memory, options: null, cancel)
            .ConfigureAwait(false);
        if (outcome.Outcome != Outcome.Committed)
        {
            throw Answers.Explain(connection, outcome);
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync(done).ConfigureAwait(false);
        await parsed.InvocationConfiguration.Error.WriteLineAsync(Answers.HowKnown(outcome, began))
            .ConfigureAwait(false);
        return ExitCode.Success;
    }

    private static IEnumerable<string> Folders(string system)
    {
        var clients = Path.Combine(system, "clients");
        return Directory.Exists(clients) ? Directory.EnumerateDirectories(clients).Order(StringComparer.Ordinal) : [];
    }

    private static Bytes KeyOf(string system, string name, bool mayMake)
    {
        if (name.Length == 2 * Limits.PublicKeyBytes && name.All(char.IsAsciiHexDigit))
        {
            return Bytes.FromHex(name);
        }

        if (name.Length == 0 || name != Path.GetFileName(name) || name.StartsWith('.'))
        {
            throw new CommandFailure(ExitCode.Usage, $"Expected a plain name or a key in hexadecimal, found '{name}'.");
        }

        var home = HomeFiles.ClientHome(system, name);
        if (!Directory.Exists(home))
        {
            if (!mayMake)
            {
                throw new ConfigurationException(
                    $"Expected the folder of client '{name}' at {home}, found none; 'holdfast client list' names those "
                    + "there are.");
            }

            Initialization.MakeClient(system, name);
        }

        return ReadKey(home);
    }

    private static Bytes ReadKey(string home)
    {
        using var key = KeyFiles.ReadSigningKey(Path.Combine(home, HomeFiles.ClientKey), KeyKind.Client);
        return Bytes.Copy(key.PublicKey.Span);
    }
}
