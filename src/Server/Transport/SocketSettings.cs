using System.Net.Sockets;

namespace Holdfast.Server.Transport;

/// <summary>What every socket gets: no waiting for more to send, and an end when the other side is gone.</summary>
internal static class SocketSettings
{
    private const int TcpLevel = 6;
    private const int TcpUserTimeout = 18;
    private const int KeepAliveSeconds = 5;
    private const int KeepAliveProbes = 3;

    /// <summary>
    /// A cut line says nothing. Left alone, TCP goes on for a quarter of an hour, and what little is written meanwhile
    /// fits into its buffers; so what is not acknowledged in this time ends the connection (RFC 5482).
    /// </summary>
    private static readonly TimeSpan Unacknowledged = TimeSpan.FromSeconds(10);

    public static void Apply(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        if (OperatingSystem.IsLinux())
        {
            var milliseconds = BitConverter.GetBytes((int)Unacknowledged.TotalMilliseconds);
            socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, milliseconds);
        }
    }
}
