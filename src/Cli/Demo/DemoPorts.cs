using System.Net;
using System.Net.Sockets;
using Holdfast.Protocol;

namespace Holdfast.Cli.Demo;

/// <summary>Ports for systems that nobody named any for.</summary>
internal static class DemoPorts
{
    /// <summary>A first port whose whole range is free now, so that a check does not disturb a demo that
    /// runs. Processes look at different ranges first: two that start at once would find the same one free.</summary>
    public static int Free(IReadOnlyList<int> faults)
    {
        var (step, turns) = (100 * faults.Count, 10000 / (100 * faults.Count));
        for (var turn = 0; turn < turns; turn++)
        {
            var first = 20000 + ((Environment.ProcessId + turn) % turns * step);
            if (IsFree(first, faults))
            {
                return first;
            }
        }

        throw new CommandFailure(
            ExitCode.Configuration,
            "Expected free ports between 20000 and 30000, found none in a row; stop what uses them.");
    }

    /// <summary>So many free ports in a row, for what is not a system of this program: below those that the operating
    /// system gives to whoever calls somebody.</summary>
    public static int[] FreeInRow(int count)
    {
        for (var first = 30000; first + count < 32768; first += count)
        {
            var ports = Enumerable.Range(first, count).ToArray();
            if (ports.All(IsFree))
            {
                return ports;
            }
        }

        throw new CommandFailure(
            ExitCode.Configuration,
            "Expected free ports between 30000 and 32768, found none in a row; stop what uses them.");
    }

    private static bool IsFree(int first, IReadOnlyList<int> faults)
    {
        for (var site = 0; site < faults.Count; site++)
        {
            for (var port = 0; port < 2 * new SiteSize(faults[site]).Replicas; port++)
            {
                if (!IsFree(first + (100 * site) + port))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
