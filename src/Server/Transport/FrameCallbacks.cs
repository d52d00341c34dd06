using System.Net;

namespace Holdfast.Server.Transport;

/// <summary>
/// What the owner of connections is told. For one connection the calls come one after the other (connected, frames,
/// disconnected), for several at once, on threads of the pool. While a call runs, nothing more is read from that
/// connection, so a short wait in it slows down that peer alone.
/// </summary>
public sealed record FrameCallbacks
{
    /// <summary>Authenticated and greeted. What is sent in here goes first.</summary>
    public required Action<FrameConnection> OnConnected { get; init; }

    /// <summary>The frame belongs to the callee.</summary>
    public required Action<FrameConnection, ReadOnlyMemory<byte>> OnFrame { get; init; }

    /// <summary>Once for each <see cref="OnConnected"/>.</summary>
    public required Action<FrameConnection, ConnectionEnd> OnDisconnected { get; init; }

    /// <summary>A connection that never came about.</summary>
    public Action<EndPoint?, ConnectionEnd> OnRefused { get; init; } = static (_, _) => { };
}
