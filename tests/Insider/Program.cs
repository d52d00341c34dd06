using System.CommandLine;
using System.Runtime.InteropServices;
using Holdfast.Cli;
using Holdfast.Cli.Commands;
using Holdfast.Insider;

// 'holdfast replica', with something inside it that the shipped program does not have.
var insider = new Inside();
var command = ReplicaCommand.Build(new ReplicaFitting(insider.Fit, insider.Hear));
var root = new RootCommand("A replica with an adversary inside it, or clients that flood, for 'holdfast attack'.")
{
    command,
    FloodCommand.Build(),
};
using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    stop.Cancel();
});
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
return await CommandLine.RunAsync(root, args, Console.Out, Console.Error, stop.Token);
