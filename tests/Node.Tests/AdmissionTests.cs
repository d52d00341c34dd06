using System.Globalization;
using Holdfast.Protocol;

namespace Holdfast.Node.Tests;

/// <summary>What a replica lets in at its door, by a clock that the test moves.</summary>
public sealed class AdmissionTests
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(60);
    private static readonly Bytes Good = Bytes.FromText("good");
    private static readonly Bytes Bad = Bytes.FromText("bad");

    private readonly Admission _admission = new();
    private Instant _now = new(1_000_000);
    private int _requests;

    [Fact]
    public void Who_is_alone_has_half_of_all_there_is()
    {
        var admitted = LetIn(Good, Admission.UnderWayMax);

        Assert.Equal(Admission.UnderWayMax / 2, admitted.Count);
    }

    [Fact]
    public void Who_is_not_alone_leaves_as_much_room_as_it_takes()
    {
        Admit(Good);

        var admitted = LetIn(Bad, 100);

        // Of four places one is the other's, and of the three left one has to stay free.
        Assert.Equal(2, admitted.Count);
    }

    [Fact]
    public void The_room_grows_while_requests_take_the_usual_time_and_shrinks_when_they_do_not()
    {
        Work(rounds: 40, Usual);
        var grown = _admission.Room;

        Work(rounds: 4, 10 * Usual);

        Assert.True(grown > 4 * Admission.RoomMin, $"grown to {grown}");
        Assert.InRange(_admission.Room, Admission.RoomMin, grown / 2);
    }

    [Fact]
    public void Room_that_nobody_uses_goes_away()
    {
        Work(rounds: 40, Usual);

        for (var round = 0; round < 400; round++)
        {
            Settle([Admit(Good)!.Value], Usual);
        }

        Assert.Equal(Admission.RoomMin, _admission.Room);
    }

    [Fact]
    public void What_stands_still_shrinks_the_room_before_it_is_settled()
    {
        Work(rounds: 40, Usual);
        var grown = _admission.Room;
        Admit(Good);
        Admit(Bad);

        for (var step = 0; step < 10; step++)
        {
            Pass(10 * Usual);
            LetIn(Bad, 1);
        }

        Assert.InRange(_admission.Room, Admission.RoomMin, grown / 2);
    }

    [Fact]
    public void Many_newcomers_do_not_shut_out_a_client_that_is_known()
    {
        Settle([Admit(Good)!.Value], Usual);
        for (var newcomer = 0; newcomer < 100; newcomer++)
        {
            Admit(Bytes.FromText(string.Create(CultureInfo.InvariantCulture, $"newcomer {newcomer}")));
        }

        Assert.Equal(Admission.RoomMin, _admission.Count);
        Assert.NotNull(Admit(Good));
    }

    [Fact]
    public void Who_goes_on_after_its_refusals_is_not_listened_to_for_longer_and_longer()
    {
        Admit(Good);
        var rests = new List<double>();
        for (var step = 0; step < 3_000; step++)
        {
            if (_admission.RestOf(Bad, _now) is { Ticks: > 0 } rest)
            {
                rests.Add(rest.TotalSeconds);
                Pass(rest);
            }

            LetIn(Bad, 5);
            Pass(TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal([1, 8, 8, 8, 8], rests.Take(5).Select(rest => Math.Round(rest)));
    }

    [Fact]
    public void Nothing_of_one_that_floods_is_let_in_until_it_has_been_quiet()
    {
        Admit(Good);
        Settle(Flood(), Usual);
        Pass(_admission.RestOf(Bad, _now));

        Assert.Empty(LetIn(Bad, 1));
        Pass(Admission.QuietFor + Usual);
        Assert.Single(LetIn(Bad, 1));
    }

    [Fact]
    public void Who_tries_again_what_was_refused_does_not_flood()
    {
        Admit(Good);
        var refused = Enumerable.Range(0, 50).Select(_ => NextRequest()).ToList();
        for (var second = 0; second < 20; second++)
        {
            foreach (var request in refused)
            {
                _admission.Admit(Bad, request, _now);
            }

            Pass(TimeSpan.FromMilliseconds(500));
            Assert.Equal(TimeSpan.Zero, _admission.RestOf(Bad, _now));
        }
    }

    [Fact]
    public void Who_repeats_the_same_without_a_pause_floods()
    {
        Admit(Good);
        LetIn(Bad, 3);
        var request = NextRequest();
        for (var step = 0; step < 100 && _admission.RestOf(Bad, _now) == TimeSpan.Zero; step++)
        {
            _admission.Admit(Bad, request, _now);
            Pass(TimeSpan.FromMilliseconds(10));
        }

        Assert.NotEqual(TimeSpan.Zero, _admission.RestOf(Bad, _now));
    }

    [Fact]
    public void The_same_request_is_let_in_again_after_a_while_and_counts_once()
    {
        var request = Admit(Good)!.Value;

        Assert.Equal(Rejection.AlreadyKnown, _admission.Admit(Good, request, _now).Reason);
        Pass(Admission.RepeatsAfter);
        Assert.Equal(Rejection.None, _admission.Admit(Good, request, _now).Reason);
        Assert.Equal(1, _admission.Count);
    }

    [Fact]
    public void What_is_never_settled_is_not_counted_for_ever()
    {
        LetIn(Good, 10);
        Pass(TimeSpan.FromSeconds(11));

        Admit(Bad);

        Assert.Equal(1, _admission.Count);
    }

    [Fact]
    public void What_was_refused_behind_the_door_is_forgotten()
    {
        var request = Admit(Good)!.Value;

        _admission.Forget(request);

        Assert.Equal(0, _admission.Count);
        Assert.Null(_admission.MedianLatency);
    }

    [Fact]
    public void Clients_that_come_and_go_leave_nothing_behind()
    {
        for (var client = 0; client < 3 * Admission.ClientsKept; client++)
        {
            var name = Bytes.FromText(string.Create(CultureInfo.InvariantCulture, $"client {client}"));
            Settle([Admit(name)!.Value], Usual);
        }

        Assert.InRange(_admission.Clients, 1, Admission.ClientsKept);
    }

    /// <returns>What was let in before it was known for what it is.</returns>
    private List<Digest> Flood()
    {
        var admitted = new List<Digest>();
        for (var step = 0; step < 1_000 && _admission.RestOf(Bad, _now) == TimeSpan.Zero; step++)
        {
            admitted.AddRange(LetIn(Bad, 5));
            Pass(TimeSpan.FromMilliseconds(20));
        }

        return admitted;
    }

    /// <summary>Two clients ask for as much as they get, and all of it takes so long.</summary>
    private void Work(int rounds, TimeSpan latency)
    {
        for (var round = 0; round < rounds; round++)
        {
            Settle([.. LetIn(Good, 50), .. LetIn(Bad, 50)], latency);
            Pass(TimeSpan.FromSeconds(2));
        }
    }

    private List<Digest> LetIn(Bytes client, int attempts) =>
        [.. Enumerable.Range(0, attempts).Select(_ => Admit(client)).OfType<Digest>()];

    private Digest? Admit(Bytes client)
    {
        var request = NextRequest();
        return _admission.Admit(client, request, _now).Reason == Rejection.None ? request : null;
    }

    private Digest NextRequest() => Digest.Of(BitConverter.GetBytes(++_requests));

    private void Settle(IEnumerable<Digest> requests, TimeSpan latency)
    {
        Pass(latency);
        foreach (var request in requests)
        {
            _admission.Settle(request, _now);
        }
    }

    private void Pass(TimeSpan time) => _now += time;
}
