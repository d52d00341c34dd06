using Holdfast.Protocol;

namespace Holdfast.Cli.Demo;

/// <summary>One replica of a demo: in this process, or in one of its own.</summary>
internal interface IDemoReplica : IAsyncDisposable
{
    ReplicaId Id { get; }

    /// <summary>The process that it runs in; null while it does not run.</summary>
    int? ProcessId { get; }

    /// <summary>Why it does not run although nobody asked it to stop; null if all is well.</summary>
    string? Trouble { get; }

    /// <summary>Starts it, also again; returns when it listens.</summary>
    Task StartAsync(CancellationToken cancel);

    /// <summary>Ends it in good order.</summary>
    Task StopAsync();

    /// <summary>Says a line to it and waits for what it answers: a replica of this program takes no notice, and must not be
    /// asked.</summary>
    Task<string> AskAsync(string line, CancellationToken cancel);

    /// <summary>Ends it as a power cut would (kill -9): nothing is finished, nothing is flushed.</summary>
    Task KillAsync();
}
