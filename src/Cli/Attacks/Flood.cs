using System.Diagnostics;

namespace Holdfast.Cli.Attacks;

/// <summary>Bad clients in a process of their own: let in by the operator as good ones, they send far more than the
/// system can do, whatever they are told.</summary>
internal sealed class Flood : IAsyncDisposable
{
    public const int Clients = 100;

    /// <summary>Who works beside them, each with one operation under way.</summary>
    public const int GoodClients = 10;

    /// <summary>Updates a second of them all: ten times what two cores carry.</summary>
    public const int Rate = 10_000;

    /// <summary>Said by it when all of them have a session, and have signed what they will send.</summary>
    public const string Ready = "ready";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private Flood(Process process) => _process = process;

    /// <param name="system">The folder of the system that they flood.</param>
    public static async Task<Flood> PrepareAsync(string system, CancellationToken cancel)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in (string[])[InsiderProgram.Find().Path, "flood", "--system", system])
        {
            info.ArgumentList.Add(argument);
        }

        var flood = new Flood(Process.Start(info)!);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        if (await flood._process.StandardOutput.ReadLineAsync(patience.Token).ConfigureAwait(false) is not Ready)
        {
            await flood.DisposeAsync().ConfigureAwait(false);
            throw new CommandFailure(ExitCode.NoAnswer, "Expected the bad clients to get ready, found that they ended.");
        }

        return flood;
    }

    public Task BeginAsync() => SayAsync();

    /// <returns>What they did, and in words what they sent and were told.</returns>
    public async Task<(Deeds Did, string Told)> EndAsync(CancellationToken cancel)
    {
        await SayAsync().ConfigureAwait(false);
        var did = await _process.StandardOutput.ReadLineAsync(cancel).ConfigureAwait(false);
        var told = await _process.StandardOutput.ReadLineAsync(cancel).ConfigureAwait(false);
        return (Deeds.Read(did), told ?? "nothing more was heard");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private async Task SayAsync()
    {
        await _process.StandardInput.WriteLineAsync().ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
    }
}
