using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>As primary it lies about the time, in each life by so much: a little ahead, a second or an hour to either side, or
/// as if time stood still. To its peers it tells a clock that is as wrong.</summary>
public sealed class FalseTime(Seat seat) : Adversary(seat)
{
    private const int LiesByAnAmount = 5;

    internal enum Way
    {
        LittleAhead = 0,
        SecondAhead = 1,
        SecondBehind = 2,
        HourAhead = 3,
        HourBehind = 4,
        Stands = LiesByAnAmount,
    }

    private readonly TimeSpan? _lie = LieOf(seat.WayOr(
        dice => dice.OneIn(6) ? Way.Stands : (Way)dice.Below(LiesByAnAmount)));

    private Timestamp? _stoodStillAt;

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        if (word is PrePrepare { Batch: { } batch } && batch.Digest != Batch.Null.Digest
            && Seat.Story.InsteadOf(batch.Digest) is null)
        {
            Seat.Story.Add(batch.Digest, new(Told(batch.Time), batch.Inputs));
        }

        var told = word is Status status ? status with { Clock = Told(status.Clock) } : Seat.Story.InsteadOf(word);
        base.ToPeer(replica, told is null ? frame : Forgery.FrameOf(Seat, told));
    }

    private Timestamp Told(Timestamp truth) => _lie is { } lie ? truth + lie : _stoodStillAt ??= truth;

    /// <summary>Null: time stands still.</summary>
    private static TimeSpan? LieOf(Way way) => way switch
    {
        Way.LittleAhead => TimeSpan.FromMilliseconds(40),
        Way.SecondAhead => TimeSpan.FromSeconds(1),
        Way.SecondBehind => TimeSpan.FromSeconds(-1),
        Way.HourAhead => TimeSpan.FromHours(1),
        Way.HourBehind => TimeSpan.FromHours(-1),
        _ => null,
    };
}
