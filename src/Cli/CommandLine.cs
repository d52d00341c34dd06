using System.CommandLine;
using Holdfast.Cli.Commands;
using Holdfast.Cryptography;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli;

/// <summary>The command line as a whole: what there is, and how trouble is told.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show the whole trace of an error.",
        Recursive = true,
    };

    public static RootCommand Build() => new("""
        Holdfast: one order of updates for many sites, whoever in them fails or lies.

        Start with 'holdfast demo' in one terminal and 'holdfast put hello world' in another.
        """ + "\n\n" + ExitCode.Table)
    {
        DemoCommand.Build(),
        AttackCommand.Build(),
        BenchCommand.Build(),
        UpdateCommands.BuildPut(),
        QueryCommands.BuildGet(),
        UpdateCommands.BuildDelete(),
        QueryCommands.BuildRange(),
        TransactionCommand.Build(),
        StatusCommand.Build(),
        ClientCommand.Build(),
        SiteCommand.Build(),
        VerifyCommand.Build(),
        EvidenceCommand.Build(),
        SimulateCommand.Build(),
        InitCommand.Build(),
        ReplicaCommand.Build(),
        LinksCommand.Build(),
        Verbose,
    };

    /// <summary>Runs one command to its end.</summary>
    /// <param name="stop">Asks a command that runs for long to end in good order.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(
        string[] arguments, TextWriter output, TextWriter error, CancellationToken stop) =>
        RunAsync(Build(), arguments.Length == 0 ? ["--help"] : arguments, output, error, stop);

    /// <summary>The same with other commands.</summary>
    public static async Task<int> RunAsync(
        RootCommand root, string[] arguments, TextWriter output, TextWriter error, CancellationToken stop)
    {
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
            {
                await error.WriteLineAsync(problem.Message).ConfigureAwait(false);
            }

            await error.WriteLineAsync("'--help' after the command tells how it is used.").ConfigureAwait(false);
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(configuration, stop).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            var (code, sentence) = Explain(failure, stop);
            await error.WriteLineAsync(parsed.GetValue(Verbose) ? $"{sentence}\n{failure}" : sentence)
                .ConfigureAwait(false);
            return code;
        }
    }

    private static (int Code, string Sentence) Explain(Exception failure, CancellationToken stop) => failure switch
    {
        CommandFailure known => (known.ExitCode, known.Message),
        ConfigurationException or TopologyException or KeyFileException => (ExitCode.Configuration, failure.Message),
        LibsodiumMissingException or StartupSelfTestException => (ExitCode.Environment, failure.Message),
        TypeInitializationException { InnerException: LibsodiumMissingException missing } =>
            (ExitCode.Environment, missing.Message),
        StorageException => (ExitCode.ReplicaFailed, failure.Message),
        OperationCanceledException when stop.IsCancellationRequested => (ExitCode.Interrupted, "Interrupted."),
        IOException or UnauthorizedAccessException => (ExitCode.Configuration, failure.Message),
        _ => (
            ExitCode.Unexpected,
            $"Unexpected {failure.GetType().Name}: {failure.Message} This is a bug of holdfast; --verbose shows "
            + "where."),
    };
}
