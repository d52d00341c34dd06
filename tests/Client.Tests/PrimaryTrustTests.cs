using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using static Holdfast.Client.Tests.Stage;

namespace Holdfast.Client.Tests;

/// <summary>A primary that its peers find nothing wrong with, and that takes nothing from clients.</summary>
public sealed class PrimaryTrustTests
{
    private static readonly GlobalPosition Place = new(new(20), 3);
    private static readonly ReplicaId[] All = [Replica(0), Replica(1), Replica(2), Replica(3)];

    // Half of the bound, in which the usual time does not count.
    private const int Half = 250;

    private readonly Stage _stage = new Stage(
        change: settings => settings with { BoundMax = TimeSpan.FromMilliseconds(2 * Half) }).Open();

    private ClientRequest _last = null!;

    [Fact]
    public void A_primary_that_was_silent_three_times_is_asked_together_with_all_others()
    {
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal([Replica(0)], Update());
            Answer(after: Half);
        }

        Assert.Equal(All, Update());
    }

    [Fact]
    public void A_primary_that_said_three_times_that_one_request_is_too_much_is_not_believed_any_more()
    {
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal([Replica(0)], Update());
            RefuseAtPrimary();
            Answer(after: Half);
        }

        Assert.Equal(All, Update());
        RefuseAtPrimary();
        Assert.Empty(_stage.Pass(100).Requests);
    }

    [Fact]
    public void It_is_asked_alone_now_and_then_and_trusted_when_it_takes_that()
    {
        for (var time = 0; time < 3; time++)
        {
            Update();
            Answer(after: Half);
        }

        var together = 0;
        while (Update().Length > 1)
        {
            Answer(after: 1);
            together++;
        }

        Assert.InRange(together, 8, 64);
        Answer(after: 1);
        Assert.Equal([Replica(0)], Update());
    }

    [Fact]
    public void What_the_client_itself_gave_up_says_nothing_of_the_primary()
    {
        for (var time = 0; time < 6; time++)
        {
            Assert.Equal([Replica(0)], Update());
            _stage.Pass(Half);
            _stage.Cancel();
            _stage.Pass(20_000);
        }
    }

    [Fact]
    public void A_primary_that_dies_with_many_under_way_has_failed_once()
    {
        var trust = new PrimaryTrust();
        for (var request = 0; request < 100; request++)
        {
            trust.TookNothing(Replica(0), sentAt: new(request), toAllAt: new(200 + request));
        }

        Assert.True(trust.Believes(Replica(0)));
    }

    [Fact]
    public void Of_many_under_way_together_one_that_it_takes_does_not_make_up_for_all()
    {
        var trust = new PrimaryTrust();
        for (var time = 0; time < 3; time++)
        {
            trust.TookNothing(Replica(0), sentAt: new(1000 * time), toAllAt: new((1000 * time) + 500));
            trust.TookNothing(Replica(0), sentAt: new((1000 * time) + 1), toAllAt: new((1000 * time) + 501));
            if (time < 2)
            {
                trust.Took(Replica(0));
            }
        }

        Assert.False(trust.Believes(Replica(0)));
    }

    private ReplicaId[] Update()
    {
        _last = _stage.Update("a").Requests[0];
        return [.. _stage.Sent.Select(sent => sent.Replica)];
    }

    private void RefuseAtPrimary() =>
        _stage.Reply(0, _last, Said(_last.FirstNumber, Outcome.NotTaken, RefusedBecause.Overloaded));

    private void Answer(int after)
    {
        _stage.Pass(after);
        var committed = Committed(_last.FirstNumber, Place);
        _stage.Reply(1, _last, committed).Reply(2, _last, committed);
    }
}
