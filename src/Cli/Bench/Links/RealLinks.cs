using System.Diagnostics;
using System.Globalization;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Bench.Links;

/// <summary>What links are like, beside how long they are.</summary>
/// <param name="Loss">Of each packet, from 0 to 1.</param>
/// <param name="Settings">Of the kernel, in each namespace: name=value.</param>
internal sealed record LinkSettings(double Loss, IReadOnlyList<string> Settings);

/// <summary>Places of a system in network namespaces, and the process that carries packets between them. TCP feels its
/// links as it does a wide area: windows fill, and connections that rested begin slowly.</summary>
internal sealed class RealLinks(DelayMatrix delays, LinkSettings settings) : IAsyncDisposable
{
    private readonly PlaceNamespaces _places = new(delays.Sites);
    private readonly SemaphoreSlim _turn = new(1);
    private Process? _forwarder;

    public async Task StartAsync(CancellationToken cancel)
    {
        await _places.MakeAsync(settings.Settings, cancel).ConfigureAwait(false);
        _forwarder = Process.Start(OwnProgram.StartInfo(LinksCommand.Arguments(delays, settings.Loss)))!;
        if (await _forwarder.StandardOutput.ReadLineAsync(cancel).ConfigureAwait(false) != LinksCommand.Ready)
        {
            var said = (await _forwarder.StandardError.ReadToEndAsync(cancel).ConfigureAwait(false)).Trim();
            throw new CommandFailure(
                ExitCode.Environment,
                said.Length > 0 ? said
                    : "Expected the process that carries packets between places to start, found that it ended without a word.");
        }
    }

    /// <param name="megabits">A second, out of each place; null for as many as anyone likes.</param>
    public void Widen(double? megabits) => Say(
        $"{LinksCommand.Widen} {(megabits ?? 0).ToString(CultureInfo.InvariantCulture)}");

    public async Task<IReadOnlyList<(string Name, double Value)>> CountAsync(CancellationToken cancel)
    {
        var counts = await AskCountsAsync(cancel).ConfigureAwait(false);
        return
        [
            ("packets on links", counts.Packets),
            ("bytes on links", counts.Bytes),
            ("packets lost", counts.Lost),
            ("packets late by 1 ms", counts.Late),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (_forwarder is { } process)
        {
            // The end of its input asks it to end.
            try
            {
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has ended already.
            }

            await process.WaitForExitAsync().ConfigureAwait(false);
            process.Dispose();
        }

        await _places.RemoveAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<LinkCounts> AskCountsAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            Say(LinksCommand.Count);
            return LinksCommand.ReadCounts(
                await _forwarder!.StandardOutput.ReadLineAsync(cancel).ConfigureAwait(false)
                ?? throw Ended());
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Say(string line)
    {
        try
        {
            _forwarder!.StandardInput.WriteLine(line);
            _forwarder.StandardInput.Flush();
        }
        catch (IOException)
        {
            throw Ended();
        }
    }

    private static CommandFailure Ended() => new(
        ExitCode.CheckFailed,
        "Expected the process that carries packets between sites to run, found that it has ended: what was measured since is "
        + "worth nothing. Start the bench again.");
}
