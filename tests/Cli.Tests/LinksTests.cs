using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using Holdfast.Cli.Bench.Links;
using Holdfast.Cli.Commands;

namespace Holdfast.Cli.Tests;

/// <summary>Links between network namespaces: when a packet arrives, which is lost, and, for root, that packets
/// pass.</summary>
public sealed class LinksTests
{
    private const long Millisecond = 1_000_000;
    private const int Places = 3;

    [Fact]
    public void A_packet_arrives_when_the_road_is_behind_it_and_not_before()
    {
        var schedule = Schedule();

        Assert.True(schedule.Offer(from: 0, to: 1, bytes: 1500, "packet", now: 3));

        Assert.Equal((25 * Millisecond) + 3, schedule.NextDue);
        Assert.False(schedule.TryTake((25 * Millisecond) + 2, out _, out _, out _));
        Assert.True(schedule.TryTake((26 * Millisecond) + 3, out var to, out var packet, out var lateBy));
        Assert.Equal((1, "packet", Millisecond), (to, packet, lateBy));
        Assert.Equal(long.MaxValue, schedule.NextDue);
    }

    [Fact]
    public void Roads_differ_in_length_and_each_keeps_its_order()
    {
        var schedule = Schedule();

        schedule.Offer(0, 2, 100, "far", now: 0);
        schedule.Offer(0, 1, 100, "first", now: 0);
        schedule.Offer(0, 1, 100, "second", now: 0);

        Assert.Equal(["first", "second", "far"], TakeAll(schedule));
    }

    [Fact]
    public void Out_of_a_place_with_a_narrow_road_one_packet_leaves_after_the_other()
    {
        var schedule = Schedule();
        schedule.Megabits = 12;

        schedule.Offer(0, 1, 1500, "first", now: 0);
        schedule.Offer(0, 2, 1500, "to another place", now: 0);
        schedule.Offer(1, 0, 1500, "from another place", now: 0);

        Assert.Equal(26 * Millisecond, Due(schedule));
        Assert.Equal(26 * Millisecond, Due(schedule));
        Assert.Equal(52 * Millisecond, Due(schedule));
    }

    [Fact]
    public void What_would_wait_too_long_for_its_turn_is_lost_and_later_there_is_room_again()
    {
        var schedule = Schedule();
        schedule.Megabits = 12;

        var taken = Enumerable.Range(0, 200).Count(_ => schedule.Offer(0, 1, 1500, "packet", now: 0));

        Assert.Equal((LinkSchedule<string>.QueueMax / Millisecond) + 1, taken);
        Assert.True(schedule.Offer(0, 1, 1500, "packet", now: 2 * Millisecond));
    }

    [Fact]
    public void A_share_of_all_packets_is_lost()
    {
        var schedule = new LinkSchedule<string>(Rows(), loss: 0.1);

        var taken = Enumerable.Range(0, 10_000).Count(number => schedule.Offer(0, 1, 100, "packet", number));

        Assert.InRange(taken, 8_900, 9_100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void A_place_is_found_by_its_address(int place) => Assert.Equal(
        place, PlaceNamespaces.PlaceOf(IPAddress.Parse(PlaceNamespaces.AddressOf(place)).GetAddressBytes()));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 6)]
    public void What_clients_call_is_found_by_its_address_from_wherever_they_call(int place, int from) => Assert.Equal(
        place, PlaceNamespaces.PlaceOf(IPAddress.Parse(PlaceNamespaces.AddressOf(place, from)).GetAddressBytes()));

    [Fact]
    public void Answers_go_to_the_place_of_the_clients() => Assert.Equal(
        3, PlaceNamespaces.PlaceOf(IPAddress.Parse(PlaceNamespaces.ClientsAddressOf(3)).GetAddressBytes()));

    /// <summary>The kernel of a namespace answers who asks whether it is there.</summary>
    [Fact]
    public async Task From_each_place_each_is_reached_and_others_no_sooner_than_the_links_allow()
    {
        var cancel = TestContext.Current.CancellationToken;
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun") && MayMakeNamespaces(),
            "Making network namespaces takes root with the right to it, iproute2 and /dev/net/tun.");
        var (places, links) = (new PlaceNamespaces(Places), new LinkForwarder(Rows(), loss: 0));
        try
        {
            await places.MakeAsync([], cancel);
            links.Start();
            await links.Opened;

            for (var from = 0; from < Places; from++)
            {
                await RoundTripAsync(PlaceNamespaces.AddressOf(from), cancel);
                for (var to = 0; to < Places; to++)
                {
                    var roundTrip = await RoundTripAsync(PlaceNamespaces.AddressOf(to, from), cancel);
                    Assert.InRange(roundTrip, 2 * Rows()[from][to], TimeSpan.MaxValue);
                }
            }

            Assert.InRange(links.Counts.Packets, 2 * Places * (Places - 1), long.MaxValue);
        }
        finally
        {
            links.Stop();
            await places.RemoveAsync();
        }

        Assert.All(Enumerable.Range(0, Places), place =>
            Assert.False(Directory.Exists($"/sys/class/net/{PlaceNamespaces.NameOf(place)}")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.178.0.2")]
    [InlineData("10.177.0.2")]
    [InlineData("10.179.0.0")]
    public void Other_addresses_are_of_no_place(string address) =>
        Assert.Null(PlaceNamespaces.PlaceOf(IPAddress.Parse(address).GetAddressBytes()));

    [Fact]
    public void What_crossed_the_links_is_read_as_it_is_told() =>
        Assert.Equal(new LinkCounts(1, 20, 3, 4), LinksCommand.ReadCounts("1 20 3 4"));

    [Theory]
    [InlineData("--loss", "--loss", "1")]
    [InlineData("--sysctl", "--sysctl", "net.ipv4.tcp_slow_start_after_idle=0")]
    [InlineData("--loss", "--real-links", "--loss", "51")]
    public async Task What_no_links_can_do_is_refused_before_anything_starts(string named, params string[] options)
    {
        var told = await Told.ByAsync(["bench", .. options]);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains(named, told.Error);
    }

    /// <summary>Root in a container may not.</summary>
    private static bool MayMakeNamespaces()
    {
        try
        {
            return Ip("add") && Ip("delete");
        }
        catch (Win32Exception)
        {
            return false;
        }

        static bool Ip(string what)
        {
            using var process = Process.Start("ip", ["netns", what, "holdfast-probe"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }

    private static async Task<TimeSpan> RoundTripAsync(string address, CancellationToken cancel)
    {
        using var ping = new Ping();
        var watch = Stopwatch.StartNew();
        var answer = await ping.SendPingAsync(
            IPAddress.Parse(address), TimeSpan.FromSeconds(20), cancellationToken: cancel);
        Assert.Equal(IPStatus.Success, answer.Status);
        return watch.Elapsed;
    }

    private static LinkSchedule<string> Schedule() => new(Rows(), loss: 0);

    private static TimeSpan[][] Rows() =>
        [.. new[] { [0, 25, 50], [25, 0, 50], new[] { 50, 50, 0 } }.Select(
            row => row.Select(delay => TimeSpan.FromMilliseconds(delay)).ToArray())];

    private static long Due(LinkSchedule<string> schedule)
    {
        var due = schedule.NextDue;
        Assert.True(schedule.TryTake(due, out _, out _, out _));
        return due;
    }

    private static IEnumerable<string> TakeAll(LinkSchedule<string> schedule)
    {
        while (schedule.TryTake(long.MaxValue, out _, out var packet, out _))
        {
            yield return packet;
        }
    }
}
