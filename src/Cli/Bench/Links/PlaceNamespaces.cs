using System.Diagnostics;

namespace Holdfast.Cli.Bench.Links;

/// <summary>
/// A network namespace for each place: one address for all that is there, a device by which it reaches other places, and
/// a pair of devices by which clients of this process reach it at once, and other places through it. Nothing leaves the
/// machine.
/// </summary>
/// <remarks>Clients of a place call another one by an address that only they use: it leads through the namespace of their
/// own place and over the links from there, as the answers do.</remarks>
internal sealed class PlaceNamespaces(int places)
{
    /// <summary>By which a place reaches the others.</summary>
    public const string Device = "wide";

    private const string Near = "near";
    private const byte Private = 10;
    private const byte Wide = 177;
    private const byte ToClients = 178;
    private const byte CalledByClients = 179;
    private const byte Clients = 1;
    private const byte Gate = 2;
    private const int PlacesMax = 200;

    public static string NameOf(int place) => $"holdfast-{place}";

    public static string AddressOf(int place) => $"{Private}.{Wide}.{place}.1";

    /// <summary>By which clients at one place call what is at another, over the links.</summary>
    public static string AddressOf(int place, int calledFrom) => $"{Private}.{CalledByClients}.{calledFrom}.{place + 1}";

    /// <summary>Where what a place's clients send comes from.</summary>
    public static string ClientsAddressOf(int place) => $"{Private}.{ToClients}.{place}.{Clients}";

    /// <returns>The place of an address, or of the clients behind it; null if it is none of a place.</returns>
    public static int? PlaceOf(ReadOnlySpan<byte> address) => address switch
    {
        [Private, Wide, var place, 1] => place,
        [Private, ToClients, var place, Clients] => place,
        [Private, CalledByClients, _, > 0 and var next] => next - 1,
        _ => null,
    };

    /// <param name="settings">Of the kernel, in each namespace: name=value.</param>
    /// <exception cref="CommandFailure">The system does not let it, or another bench has them.</exception>
    public async Task MakeAsync(IReadOnlyList<string> settings, CancellationToken cancel)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new CommandFailure(
                ExitCode.Environment,
                "Expected to run as root with --real-links, which makes network namespaces, found another user; run it with "
                + "sudo, or without the option.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(places, PlacesMax);
        for (var place = 0; place < places; place++)
        {
            if (File.Exists($"/run/netns/{NameOf(place)}"))
            {
                await RequireNobodyInAsync(place, cancel).ConfigureAwait(false);
            }

            await RemoveAsync(place, cancel).ConfigureAwait(false);
        }

        for (var place = 0; place < places; place++)
        {
            await MakeAsync(place, settings, cancel).ConfigureAwait(false);
        }
    }

    public async Task RemoveAsync()
    {
        for (var place = 0; place < places; place++)
        {
            await RemoveAsync(place, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>The device by itself too: a namespace that has no name any more lives on while a connection of a killed
    /// process still tries to say goodbye, for minutes where nothing carries its packets.</summary>
    private static async Task RemoveAsync(int place, CancellationToken cancel)
    {
        if (Directory.Exists($"/sys/class/net/{NameOf(place)}"))
        {
            await IpAsync(["link", "delete", NameOf(place)], cancel).ConfigureAwait(false);
        }

        if (File.Exists($"/run/netns/{NameOf(place)}"))
        {
            await IpAsync(["netns", "delete", NameOf(place)], cancel).ConfigureAwait(false);
        }
    }

    private async Task MakeAsync(int place, IReadOnlyList<string> settings, CancellationToken cancel)
    {
        var name = NameOf(place);
        var (here, there) = (ClientsAddressOf(place), $"{Private}.{ToClients}.{place}.{Gate}");
        await IpAsync(["netns", "add", name], cancel).ConfigureAwait(false);
        await IpAsync(["-n", name, "link", "set", "lo", "up"], cancel).ConfigureAwait(false);
        await IpAsync(["link", "add", name, "type", "veth", "peer", "name", Near, "netns", name], cancel)
            .ConfigureAwait(false);
        await IpAsync(["address", "add", $"{here}/24", "dev", name], cancel).ConfigureAwait(false);
        await IpAsync(["link", "set", name, "up"], cancel).ConfigureAwait(false);
        await IpAsync(["-n", name, "address", "add", $"{there}/24", "dev", Near], cancel).ConfigureAwait(false);
        await IpAsync(["-n", name, "link", "set", Near, "up"], cancel).ConfigureAwait(false);
        await IpAsync(["-n", name, "tuntap", "add", "dev", Device, "mode", "tun"], cancel).ConfigureAwait(false);
        await IpAsync(["-n", name, "address", "add", $"{AddressOf(place)}/16", "dev", Device], cancel)
            .ConfigureAwait(false);
        await IpAsync(["-n", name, "link", "set", Device, "up"], cancel).ConfigureAwait(false);
        await IpAsync(["route", "add", $"{AddressOf(place)}/32", "via", there], cancel).ConfigureAwait(false);
        await JoinClientsAsync(place, there, cancel).ConfigureAwait(false);
        foreach (var setting in settings)
        {
            await IpAsync(["netns", "exec", name, "sysctl", "-q", "-w", setting], cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The way of a place's clients to other places, and what they call it by.</summary>
    /// <param name="gate">Of this place, for its clients.</param>
    private async Task JoinClientsAsync(int place, string gate, CancellationToken cancel)
    {
        var name = NameOf(place);
        var calls = $"{Private}.{CalledByClients}.{place}.0/24";
        await IpAsync(["netns", "exec", name, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"], cancel)
            .ConfigureAwait(false);
        await IpAsync(["route", "add", calls, "via", gate], cancel).ConfigureAwait(false);
        await IpAsync(["-n", name, "route", "add", calls, "dev", Device], cancel).ConfigureAwait(false);
        await IpAsync(["-n", name, "route", "add", $"{Private}.{ToClients}.0.0/16", "dev", Device], cancel)
            .ConfigureAwait(false);
        for (var from = 0; from < places; from++)
        {
            await IpAsync(["-n", name, "address", "add", $"{AddressOf(place, from)}/32", "dev", "lo"], cancel)
                .ConfigureAwait(false);
        }
    }

    /// <summary>What a killed bench left may go.</summary>
    private static async Task RequireNobodyInAsync(int place, CancellationToken cancel)
    {
        var pids = await IpAsync(["netns", "pids", NameOf(place)], cancel).ConfigureAwait(false);
        var inside = pids.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (inside.Length > 0)
        {
            throw new CommandFailure(
                ExitCode.Environment,
                $"Expected network namespace {NameOf(place)} to be free, found processes in it ({string.Join(", ", inside)}); "
                + "wait for the other bench with --real-links, or end them.");
        }
    }

    private static async Task<string> IpAsync(IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        using var process = Start(arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        return process.ExitCode == 0
            ? await output.ConfigureAwait(false)
            : throw new CommandFailure(
                ExitCode.Environment,
                $"Expected 'ip {string.Join(' ', arguments)}' to work for --real-links, found: "
                + (await error.ConfigureAwait(false)).Trim());
    }

    private static Process Start(IReadOnlyList<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("ip", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new CommandFailure(
                ExitCode.Environment,
                "Expected the program ip for --real-links, found none. Install it: sudo apt-get install iproute2");
        }
    }
}
