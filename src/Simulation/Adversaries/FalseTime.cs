using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>As primary it lies about the time, in each life by so much: a little ahead, a second or an hour to either side, or
/// as if time stood still. To its peers it tells a clock that is as wrong.</summary>
public sealed class FalseTime(Seat seat) : Adversary(seat)
{
    private static readonly TimeSpan[] Lies =
    [
        TimeSpan.FromMilliseconds(40),
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(-1),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(-1),
    ];

    private readonly TimeSpan? _lie = seat.Dice.OneIn(6) ? null : Lies[seat.Dice.Below(Lies.Length)];
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
}
