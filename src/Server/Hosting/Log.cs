using Holdfast.Protocol;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>All that a server can say. Event ids are never given out again.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "started {Replica} cluster {Cluster} process {Process}")]
    public static partial void Started(ILogger logger, ReplicaId replica, string cluster, int process);

    [LoggerMessage(2, LogLevel.Information, "listening peers {Peers} clients {Clients}")]
    public static partial void Listening(ILogger logger, string peers, string clients);

    [LoggerMessage(3, LogLevel.Information, "stopped {Replica}")]
    public static partial void Stopped(ILogger logger, ReplicaId replica);

    [LoggerMessage(4, LogLevel.Critical, "failed {Replica}: {Reason}")]
    public static partial void Failed(ILogger logger, ReplicaId replica, string reason, Exception cause);

    [LoggerMessage(5, LogLevel.Information, "noted: {What}")]
    public static partial void Noted(ILogger logger, string what);

    [LoggerMessage(6, LogLevel.Information, "site view changed {From} {To}")]
    public static partial void SiteViewChanged(ILogger logger, SiteView from, SiteView to);

    [LoggerMessage(7, LogLevel.Information, "global view changed {From} {To}")]
    public static partial void GlobalViewChanged(ILogger logger, GlobalView from, GlobalView to);

    [LoggerMessage(10, LogLevel.Debug, "connected to {Replica}")]
    public static partial void ConnectedTo(ILogger logger, ReplicaId replica);

    [LoggerMessage(11, LogLevel.Debug, "disconnected from {Replica} {End}")]
    public static partial void DisconnectedFrom(ILogger logger, ReplicaId replica, ConnectionEnd end);

    [LoggerMessage(12, LogLevel.Warning, "{Replica} answers at {Address} with another key: expected pin {Pin}")]
    public static partial void WrongPin(ILogger logger, ReplicaId replica, string address, string pin);

    [LoggerMessage(13, LogLevel.Warning, "{Replica} is of another system: expected cluster {Expected}")]
    public static partial void WrongCluster(ILogger logger, ReplicaId replica, string expected);

    [LoggerMessage(14, LogLevel.Debug, "client welcome {Client}")]
    public static partial void ClientWelcome(ILogger logger, Bytes client);

    [LoggerMessage(15, LogLevel.Debug, "client refused {Client} {Reason}")]
    public static partial void ClientRefused(ILogger logger, Bytes client, Rejection reason);

    [LoggerMessage(16, LogLevel.Trace, "refused from {Source} {Reason}")]
    public static partial void Refused(ILogger logger, string source, Rejection reason);

    [LoggerMessage(17, LogLevel.Error, "a worker failed, which is a bug here: {Reason}")]
    public static partial void WorkerFailed(ILogger logger, string reason, Exception cause);

    [LoggerMessage(18, LogLevel.Information, "reading state and journal {Folder}")]
    public static partial void Reading(ILogger logger, string folder);

    [LoggerMessage(19, LogLevel.Information, "read state and journal in {Seconds} s")]
    public static partial void Read(ILogger logger, double seconds);

    [LoggerMessage(20, LogLevel.Information, "metrics at {Address}")]
    public static partial void MetricsAt(ILogger logger, string address);

    [LoggerMessage(
        21,
        LogLevel.Warning,
        "a turn took {Milliseconds} ms: {Inputs} inputs, {Flushing} ms in flushes of the journal, {Collecting} ms in pauses of the "
        + "collector")]
    public static partial void SlowTurn(ILogger logger, long milliseconds, int inputs, long flushing, long collecting);
}
