using Holdfast.Protocol;

namespace Holdfast.Simulation.Tests;

/// <summary>The virtual network carries, loses, cuts and slows as it is told.</summary>
public sealed class VirtualNetworkTests
{
    private const long Usual = 100;

    private readonly VirtualTime _time = new();
    private readonly VirtualNetwork _network;
    private readonly List<(int At, long Time)> _heard = [];

    public VirtualNetworkTests()
    {
        _network = new VirtualNetwork(_time, new Dice(1), places: 3, (_, _) => Usual);
        for (var place = 0; place < 3; place++)
        {
            var here = place;
            _network.Listen(here, (_, _) => _heard.Add((here, _time.Now)));
        }
    }

    [Fact]
    public void A_cut_of_one_direction_leaves_the_other_and_counts_until_each_is_mended()
    {
        _network.Cut(0, 1);
        _network.Cut(0, 1);
        _network.Mend(0, 1);
        Send(0, 1);
        Send(1, 0);
        Send(0, 2);
        Assert.Equal([0, 2], Hearers());

        _network.Mend(0, 1);
        Send(0, 1);
        Assert.Equal([1], Hearers());
    }

    [Fact]
    public void Who_goes_audibly_is_missed_and_who_comes_back_is_noticed_once_no_cut_is_between()
    {
        var news = new List<(int Place, bool IsConnected)>();
        _network.ListenAudibly(0, static (_, _) => { }, (place, isConnected) => news.Add((place, isConnected)));
        _network.ListenAudibly(1, static (_, _) => { }, static (_, _) => { });
        _time.RunUntil(_time.Now + Usual);
        Assert.Equal([(1, true)], news);

        _network.ListenAudibly(1, null, null);
        _network.ListenAudibly(1, static (_, _) => { }, static (_, _) => { });
        _network.Cut(1, 0);
        _time.RunUntil(_time.Now + (100 * Usual));
        Assert.Equal([(1, true), (1, false)], news);

        _network.Mend(1, 0);
        _time.RunUntil(_time.Now + 1_000_000);
        Assert.Equal([(1, true), (1, false), (1, true)], news);
    }

    [Fact]
    public void Whose_end_is_cut_off_is_not_missed()
    {
        var news = new List<bool>();
        _network.ListenAudibly(0, static (_, _) => { }, (_, isConnected) => news.Add(isConnected));
        _network.ListenAudibly(1, static (_, _) => { }, static (_, _) => { });
        _time.RunUntil(_time.Now + Usual);
        _network.Cut(1, 0);
        _network.ListenAudibly(1, null, null);
        _time.RunUntil(_time.Now + 1_000_000);

        Assert.Equal([true], news);
    }

    [Fact]
    public void Who_loses_a_connection_is_told_cannot_use_it_for_a_while_and_is_told_of_the_next()
    {
        var news = new List<(int Place, bool IsConnected, long Time)>();
        _network.ListenAudibly(1, static (_, _) => { }, static (_, _) => { });
        _network.ListenAudibly(
            0, (_, _) => _heard.Add((0, _time.Now)), (place, isThere) => news.Add((place, isThere, _time.Now)));
        _network.Reset(0, 1, microseconds: 5_000);
        _network.Reset(0, 1, microseconds: 2_000);
        Send(0, 1);
        Send(1, 0);
        Assert.Equal([0], Hearers());

        _network.Cut(0, 1);
        _time.RunUntil(10_000);
        Assert.All(news, one => Assert.Equal((1, false), (one.Place, one.IsConnected)));
        Assert.NotEmpty(news);

        _network.Mend(0, 1);
        _time.RunUntil(1_000_000);
        Assert.Equal((1, true), (news[^1].Place, news[^1].IsConnected));
    }

    [Fact]
    public void What_is_on_the_way_when_a_direction_is_cut_is_lost()
    {
        Send(0, 1);
        _network.Cut(0, 1);

        Assert.Empty(Hearers());
    }

    [Fact]
    public void A_slow_direction_takes_longer_until_all_is_mended()
    {
        _network.Slow(0, 1, microseconds: 5_000);
        Send(0, 1);
        Send(1, 0);
        _time.RunUntil(10_000);
        Assert.Equal([(0, Usual), (1, Usual + 5_000)], _heard);

        _heard.Clear();
        _network.MendAll();
        Send(0, 1);
        _time.RunUntil(20_000);
        Assert.Equal([(1, 10_000 + Usual)], _heard);
    }

    [Fact]
    public void A_storm_loses_about_as_many_as_it_says()
    {
        _network.Weather = Weather.Fine with { LossPerMille = 300 };
        for (var frame = 0; frame < 10_000; frame++)
        {
            Send(0, 1);
        }

        Assert.InRange(Hearers().Length, 6_800, 7_200);
    }

    private void Send(int from, int to) => _network.Send(from, to, Bytes.Empty, _time.Now);

    private int[] Hearers()
    {
        _time.RunUntil(_time.Now + 1_000);
        var places = _heard.Select(one => one.At).ToArray();
        _heard.Clear();
        return places;
    }
}
