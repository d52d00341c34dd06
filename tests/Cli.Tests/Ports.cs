using System.Net;
using System.Net.Sockets;

namespace Holdfast.Cli.Tests;

/// <summary>First ports for systems under test: below the range from which the demo and the bench take free ports
/// themselves, since they may do so beside.</summary>
internal static class Ports
{
    private const int First = 10_000;
    private const int Step = 300;
    private const int Tries = 33;
    private static int _turn = Environment.ProcessId % Tries;

    /// <summary>A port at which, and at whose neighbours for a few sites, nobody listens now.</summary>
    public static int Free()
    {
        for (var tried = 0; tried < Tries; tried++)
        {
            var port = First + (Interlocked.Increment(ref _turn) % Tries * Step);
            if (new[] { 0, 1, 100, 101, 200, 201 }.All(offset => IsFree(port + offset)))
            {
                return port;
            }
        }

        throw new InvalidOperationException("Expected a free port, found none.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
