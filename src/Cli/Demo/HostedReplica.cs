using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Demo;

/// <summary>A replica of a demo inside this process.</summary>
internal sealed class HostedReplica(ReplicaId id, string home, HostSettings settings) : IDemoReplica
{
    private ReplicaHost? _host;

    public ReplicaId Id => id;

    public int? ProcessId => _host is { Ended.IsCompleted: false } ? Environment.ProcessId : null;

    public string? Trouble =>
        _host is { Ended: { IsCompletedSuccessfully: true, Result: { } failure } } ? failure.Message : null;

    public async Task StartAsync(CancellationToken cancel)
    {
        await StopAsync().ConfigureAwait(false);
        _host = await ReplicaHost.StartAsync(home, settings).ConfigureAwait(false);
    }

    public async Task StopAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync().ConfigureAwait(false);
            _host = null;
        }
    }

    public Task<string> AskAsync(string line, CancellationToken cancel) => throw new CommandFailure(
        ExitCode.Usage, "A replica inside the demo's own process answers nothing.");

    public Task KillAsync() => throw new CommandFailure(
        ExitCode.Usage,
        "A replica inside the demo's own process cannot be killed alone; start the demo with --processes.");

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);
}
