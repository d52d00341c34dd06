using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>When a register goes out, and what is remembered of it.</summary>
public sealed class RegisterTests
{
    private static readonly SiteId Second = new(1);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);
    private static readonly StatusFront Nothing =
        new(new(default, default, default, default, default), 0, 0, 0, default, default);

    private Register _register = new(Second);

    [Fact]
    public void What_another_site_acts_on_goes_at_once()
    {
        StatusFront[] urgent =
        [
            Nothing with { Ordering = Nothing.Ordering with { View = new(1) } },
            Nothing with { Ordering = Nothing.Ordering with { InstalledView = new(1) } },
            Nothing with { Ordering = Nothing.Ordering with { Wanted = new(1) } },
            Nothing with { Ordering = Nothing.Ordering with { Accepted = new(1) } },
            Nothing with { ReadNumber = 1 },
            Nothing with { EchoedRead = 1 },
        ];
        foreach (var front in urgent)
        {
            ChangeTo(front);
            Assert.True(IsDue(at: 0.001), front.ToString());
        }
    }

    [Fact]
    public void What_can_wait_goes_after_the_delay()
    {
        StatusFront[] patient =
        [
            Nothing with { Ordering = Nothing.Ordering with { Committed = new(1) } },
            Nothing with { Credits = 1 },
            Nothing with { DigestAt = new(1024) },
        ];
        foreach (var front in patient)
        {
            ChangeTo(front);
            Assert.False(IsDue(at: 0.001), front.ToString());
            Assert.False(IsDue(at: 0.05), front.ToString());
            Assert.True(IsDue(at: 0.051), front.ToString());
        }
    }

    [Fact]
    public void The_oldest_unseen_version_is_remembered_however_many_follow()
    {
        for (var version = 0; version <= 2 * Limits.UnseenVersions; version++)
        {
            PutOut(Nothing with { Credits = (ulong)version }, at: 0.001 * version);
        }

        Assert.Equal(Sample.At(0), _register.UnseenSince);
        _register.OnSeen(_register.Version - 1);
        Assert.Equal(_register.NewestSentAt, _register.UnseenSince);
    }

    private void ChangeTo(StatusFront front)
    {
        _register = new(Second);
        PutOut(Nothing, at: 0);
        _register.Set(front);
    }

    private void PutOut(StatusFront front, double at)
    {
        _register.Set(front);
        _register.PutOut(default, 1, new(1), Sample.At(at), Heartbeat, isAlone: false);
    }

    private bool IsDue(double at) => _register.IsDue(default, Sample.At(at), Delay, Heartbeat);
}
