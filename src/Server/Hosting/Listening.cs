using System.Net;
using System.Net.Sockets;
using Holdfast.Server.Configuration;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Hosting;

/// <summary>Opens a listener where the topology says that this replica is reached.</summary>
internal static class Listening
{
    /// <exception cref="ConfigurationException">The port is taken or may not be used.</exception>
    public static FrameListener Open(string host, int port, Func<IPEndPoint, FrameListenerOptions> optionsOf)
    {
        // A replica known by a loopback address stays on this machine. Other names may be those of a translated
        // address, so all interfaces are listened on: who comes in is told by keys, not by addresses.
        var address = IPAddress.TryParse(host, out var given) && IPAddress.IsLoopback(given) ? given : IPAddress.Any;
        try
        {
            return new FrameListener(optionsOf(new IPEndPoint(address, port)));
        }
        catch (SocketException failure)
        {
            throw new ConfigurationException(
                $"Expected port {port} to be free for this replica, found it in use or not permitted "
                + $"({failure.SocketErrorCode}); stop what uses it, or make the system with another --port.",
                failure);
        }
    }
}
