using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using static Holdfast.Client.Tests.Stage;

namespace Holdfast.Client.Tests;

/// <summary>A client has many updates under way, and the primary does not answer.</summary>
public sealed class RetryPaceTests
{
    private const int UnderWay = 40;
    private const int Bound = 500;
    private static readonly ReplicaId[] Backups = [Replica(1), Replica(2), Replica(3)];

    private readonly Stage _stage = new Stage(change: settings => settings with
    {
        RequestsInFlight = UnderWay,
        BoundMin = TimeSpan.FromMilliseconds(Bound),
        BoundMax = TimeSpan.FromMilliseconds(Bound),
    }).Open();

    private readonly List<ClientRequest> _waiting = [];

    public RetryPaceTests()
    {
        for (var count = 0; count < UnderWay; count++)
        {
            _waiting.Add(_stage.Update($"{count}").Requests[0]);
        }
    }

    [Fact]
    public void The_oldest_four_are_sent_to_all_and_the_others_wait()
    {
        _stage.Pass(Bound / 2);

        Assert.Equal(_waiting.Take(4), SentTo(Replica(1)));
        Assert.All(Backups, backup => Assert.Equal(4, SentTo(backup).Length));
        Assert.Empty(NewOnesIn(20 * Bound));
    }

    [Fact]
    public void Each_that_is_answered_brings_two_more_and_to_the_primary_alone()
    {
        _stage.Pass(Bound / 2);

        Answer(_waiting[0]);
        Assert.Equal(_waiting.Skip(4).Take(2), SentTo(Replica(0)));
        Assert.All(Backups, backup => Assert.Empty(SentTo(backup)));
        Answer(_waiting[1]);
        Assert.Equal(_waiting.Skip(6).Take(2), SentTo(Replica(0)));
    }

    [Fact]
    public void All_are_answered_in_the_end()
    {
        _stage.Pass(Bound / 2);
        foreach (var request in _waiting)
        {
            Answer(request);
        }

        Assert.Equal(Instant.Never, _stage.Session.NextWake);
    }

    [Fact]
    public void Those_whose_primary_disconnects_do_not_go_to_all_together_either()
    {
        _stage.Step(new ClientInput.Disconnected(Replica(0)));

        Assert.All(Backups, backup => Assert.Equal(_waiting.Take(4), SentTo(backup)));
    }

    [Fact]
    public void When_nothing_is_late_any_more_it_begins_with_four_again()
    {
        _stage.Pass(Bound / 2);
        _waiting.ForEach(Answer);
        _waiting.Clear();
        for (var count = 0; count < UnderWay; count++)
        {
            _waiting.Add(_stage.Update($"again {count}").Requests[0]);
        }

        _stage.Pass(Bound / 2);

        Assert.Equal(_waiting.Take(4), SentTo(Replica(1)));
    }

    [Fact]
    public void A_backup_that_has_no_room_does_not_make_the_window_smaller()
    {
        _stage.Pass(Bound / 2);
        _stage.Reply(
            1, _waiting[0], Said(_waiting[0].FirstNumber, Outcome.NotTaken, RefusedBecause.Overloaded));
        _waiting.ForEach(Answer);

        for (var count = 0; count < UnderWay; count++)
        {
            Assert.Single(_stage.Update($"again {count}").Requests);
        }
    }

    [Fact]
    public void When_the_next_primary_is_silent_too_only_four_go_to_all_again()
    {
        _stage.Pass(Bound / 2);
        foreach (var request in _waiting.Take(12))
        {
            Answer(request);
        }

        var toAll = new HashSet<ClientRequest>();
        for (var passed = 0; passed < 4 * Bound; passed += 50)
        {
            _stage.Pass(50);
            toAll.UnionWith(SentTo(Replica(3)));
        }

        Assert.Equal(_waiting.Skip(12).Take(4), toAll.OrderBy(request => request.FirstNumber));
    }

    [Fact]
    public void What_was_held_back_and_is_refused_meanwhile_is_sent_again()
    {
        _stage.Pass(Bound / 2);
        var last = _waiting[^1];
        var refused = Said(last.FirstNumber, Outcome.NotTaken, RefusedBecause.UnknownClient);
        _stage.Reply(1, last, refused).Reply(2, last, refused);

        Assert.Contains(last, NewOnesIn(20 * Bound));
    }

    [Fact]
    public void What_is_given_up_brings_no_other()
    {
        _stage.Pass(Bound / 2);
        var sent = new HashSet<ClientRequest>();
        foreach (var request in _waiting.Take(4))
        {
            // Numbers and tickets are given out together.
            sent.UnionWith(_stage.Cancel(request.FirstNumber).Requests);
        }

        sent.UnionWith(NewOnesIn(20 * Bound));
        sent.ExceptWith(_waiting.Take(4));

        // They leave their places, and that is all.
        Assert.Equal(_waiting.Skip(4).Take(4), sent.OrderBy(request => request.FirstNumber));
    }

    private ClientRequest[] SentTo(ReplicaId replica) =>
        [.. _stage.Sent.Where(sent => sent.Replica == replica).Select(sent => sent.Frame).OfType<Request>().Select(sent => sent.Body)];

    private HashSet<ClientRequest> NewOnesIn(int milliseconds)
    {
        var sent = new HashSet<ClientRequest>();
        for (var passed = 0; passed < milliseconds; passed += Bound / 2)
        {
            _stage.Pass(Bound / 2);
            sent.UnionWith(_stage.Requests);
        }

        sent.ExceptWith(_waiting.Take(4));
        return sent;
    }

    private void Answer(ClientRequest request)
    {
        var committed = Committed(request.FirstNumber, new(new(20), 3));
        _stage.Reply(1, request, committed).Reply(2, request, committed);
    }
}
