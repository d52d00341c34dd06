using System.Globalization;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

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
            Settle([Admit(Good)!], Usual);
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
        Settle([Admit(Good)!], Usual);
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
    public void What_waited_on_a_connection_during_a_rest_does_not_begin_the_next()
    {
        Admit(Good);
        Flood();
        Pass(_admission.RestOf(Bad, _now));

        LetIn(Bad, 50);
        Assert.Equal(TimeSpan.Zero, _admission.RestOf(Bad, _now));

        Pass(Admission.HeardAfter);
        LetIn(Bad, 50);
        Assert.Equal(Admission.RestMax, _admission.RestOf(Bad, _now));
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
        var refused = Enumerable.Range(0, 50).Select(_ => NextRequest(Bad)).ToList();
        for (var second = 0; second < 20; second++)
        {
            foreach (var request in refused)
            {
                Knock(request);
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
        var request = NextRequest(Bad);
        for (var step = 0; step < 100 && _admission.RestOf(Bad, _now) == TimeSpan.Zero; step++)
        {
            Knock(request);
            Pass(TimeSpan.FromMilliseconds(10));
        }

        Assert.NotEqual(TimeSpan.Zero, _admission.RestOf(Bad, _now));
    }

    [Fact]
    public void The_same_request_is_let_in_again_after_a_while_and_counts_once()
    {
        var request = Admit(Good)!;

        Assert.Equal(Rejection.AlreadyKnown, Knock(request));
        Pass(Admission.RepeatsAfter);
        Assert.Equal(Rejection.None, Knock(request));
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
        var request = Admit(Good)!;

        _admission.TurnAway(request, NameOf(request), _now);

        Assert.Equal(0, _admission.Count);
        Assert.Null(_admission.MedianLatency);
    }

    [Fact]
    public void Clients_that_come_and_go_leave_nothing_behind()
    {
        for (var client = 0; client < 3 * Admission.ClientsKept; client++)
        {
            var name = Bytes.FromText(string.Create(CultureInfo.InvariantCulture, $"client {client}"));
            Settle([Admit(name)!], Usual);
        }

        Assert.InRange(_admission.Clients, 1, Admission.ClientsKept);
    }

    [Fact]
    public void A_copy_under_another_signature_is_not_let_in_and_takes_nothing_from_the_count()
    {
        Admit(Good);
        for (var number = 0; number < 100; number++)
        {
            if (Admit(Bad) is { } request)
            {
                Pass(Admission.RepeatsAfter);
                var forged = request with { Signature = Bytes.FromText("forged") };
                Assert.Equal(Rejection.AlreadyKnown, Knock(forged));
                _admission.TurnAway(forged, NameOf(forged), _now);
            }
        }

        Assert.InRange(_admission.Count, 2, Admission.RoomMin);
    }

    [Fact]
    public void What_is_known_already_or_refused_does_not_make_the_usual_time_short()
    {
        Work(rounds: 40, Usual);
        var grown = _admission.Room;
        for (var round = 0; round < 20; round++)
        {
            var quick = Admit(Good)!;
            Pass(TimeSpan.FromMicroseconds(10));
            _admission.Settle(ReplyTo(quick, Outcome.Committed), wasOrdered: false, _now);
            quick = Admit(Good)!;
            _admission.Settle(ReplyTo(quick, Outcome.NotTaken), wasOrdered: true, _now);
        }

        Work(rounds: 20, 4 * Usual);

        Assert.InRange(_admission.Room, grown, Admission.UnderWayMax);
    }

    [Fact]
    public void Beside_the_primary_nobody_is_alone()
    {
        var admitted = Enumerable.Range(0, 100).Count(_ =>
        {
            var request = NextRequest(Bad);
            return _admission.Admit(request, NameOf(request), isAtPrimary: false, _now).Reason == Rejection.None;
        });

        Assert.InRange(admitted, 1, Admission.RoomMin);
    }

    [Fact]
    public void Who_comes_with_the_same_few_hundred_again_and_again_floods()
    {
        Admit(Good);
        LetIn(Bad, 3);
        var requests = Enumerable.Range(0, Admission.RefusedKept).Select(_ => NextRequest(Bad)).ToList();
        for (var round = 0; round < 20 && _admission.RestOf(Bad, _now) == TimeSpan.Zero; round++)
        {
            requests.ForEach(request => Knock(request));
            Pass(Admission.TriesAgainAfter);
        }

        Assert.NotEqual(TimeSpan.Zero, _admission.RestOf(Bad, _now));
    }

    /// <summary>A busy client whose primary is replaced: hundreds of its updates come to replicas that know none of them.</summary>
    [Fact]
    public void Who_is_known_by_hundreds_of_updates_a_second_may_be_refused_as_often()
    {
        Admit(Bad);
        OrderedElsewhere(Good, 300);
        Flood(Good, perSecond: 250);
        Assert.Equal(TimeSpan.Zero, _admission.RestOf(Good, _now));

        OrderedElsewhere(Good, 300);
        Flood(Good, perSecond: 500);
        Assert.NotEqual(TimeSpan.Zero, _admission.RestOf(Good, _now));
    }

    [Fact]
    public void What_was_ordered_long_ago_does_not_count()
    {
        Admit(Bad);
        OrderedElsewhere(Good, 300);
        Pass(TimeSpan.FromSeconds(20));

        Flood(Good, perSecond: 250);

        Assert.NotEqual(TimeSpan.Zero, _admission.RestOf(Good, _now));
    }

    [Fact]
    public void A_query_that_was_refused_is_let_in_under_another_number_after_a_while()
    {
        for (var client = 0; client < 100; client++)
        {
            Admit(Bytes.FromText(string.Create(CultureInfo.InvariantCulture, $"client {client}")));
        }

        Assert.NotEqual(Rejection.None, Knock(NextRequest(Good) with { Level = RequestLevel.Ordered }));
        Pass(Admission.QuietFor);
        Assert.Equal(Rejection.None, Knock(NextRequest(Good) with { Level = RequestLevel.Ordered }));
    }

    /// <returns>What was let in before it was known for what it is.</returns>
    private List<ClientRequest> Flood()
    {
        var admitted = new List<ClientRequest>();
        for (var step = 0; step < 1_000 && _admission.RestOf(Bad, _now) == TimeSpan.Zero; step++)
        {
            admitted.AddRange(LetIn(Bad, 5));
            Pass(TimeSpan.FromMilliseconds(20));
        }

        return admitted;
    }

    /// <summary>Ten seconds in which a client's updates come in by another replica.</summary>
    private void OrderedElsewhere(Bytes client, int perSecond)
    {
        for (var update = 0; update < 10 * perSecond; update++)
        {
            Pass(TimeSpan.FromSeconds(1) / perSecond);
            _admission.Settle(ReplyTo(NextRequest(client), Outcome.Committed), wasOrdered: true, _now);
        }
    }

    private void Flood(Bytes client, int perSecond)
    {
        for (var step = 0; step < 3 * perSecond; step++)
        {
            Knock(NextRequest(client), isAtPrimary: false);
            Pass(TimeSpan.FromSeconds(1) / perSecond);
        }
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

    private List<ClientRequest> LetIn(Bytes client, int attempts) =>
        [.. Enumerable.Range(0, attempts).Select(_ => Admit(client)).OfType<ClientRequest>()];

    private ClientRequest? Admit(Bytes client)
    {
        var request = NextRequest(client);
        return Knock(request) == Rejection.None ? request : null;
    }

    private Rejection Knock(ClientRequest request, bool isAtPrimary = true) =>
        _admission.Admit(request, NameOf(request), isAtPrimary, _now).Reason;

    private ClientRequest NextRequest(Bytes client) => new(
        client,
        default,
        (ulong)++_requests,
        DoneUpTo: 0,
        RequestLevel.Update,
        ReceiptWanted: false,
        Timestamp.Never,
        Floor: default,
        [new Operation(OperationKind.Application, Bytes.Empty)],
        Bytes.FromText("signed"));

    private static Digest NameOf(ClientRequest request) => Digest.Of(BitConverter.GetBytes(request.FirstNumber));

    private static ClientReply ReplyTo(ClientRequest request, Outcome outcome) =>
        ClientReply.Refuse(request, NameOf(request), outcome, RefusedBecause.None);

    private void Settle(IEnumerable<ClientRequest> requests, TimeSpan latency)
    {
        Pass(latency);
        foreach (var request in requests)
        {
            _admission.Settle(ReplyTo(request, Outcome.Committed), wasOrdered: true, _now);
        }
    }

    private void Pass(TimeSpan time) => _now += time;
}
