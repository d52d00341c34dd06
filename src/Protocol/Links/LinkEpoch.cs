namespace Holdfast.Protocol;

/// <summary>Who speaks for a link now, and until when. Epoch e names the sender, e mod n, and the receiver to try
/// first, (e + floor(e / lcm(n, n'))) mod n', so that all pairs come round; it moves when an acknowledgement is
/// overdue, and every 30 s anyway, so that a slow or colluding pair is short-lived.</summary>
/// <param name="start">Another number for each link of a site, 1 at least: not all links have one sender.</param>
public sealed class LinkEpoch(ulong start, int senders, int receivers)
{
    /// <summary>It moves then, whoever speaks: a move before that has a cause.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtLeast = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan UnknownRoundTrip = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan None = TimeSpan.MaxValue;
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);
    private const int DoublingsMax = 3;

    private readonly int _pairs = senders * receivers;
    private readonly int _epochsWithCorrectPair = EpochsWithCorrectPair(senders, receivers);
    private TimeSpan _minimum = None;
    private TimeSpan _minimumOfLastTurn = None;
    private int _epochsInTurn;

    // Since the last acknowledgement.
    private int _overdueEpochs;

    // Overdue ones in a row after which an acknowledgement came: the road is there, and slower than the time-out.
    private int _missedEpochs;
    private int _doublings;
    private Timestamp _halvedAt;
    private Timestamp _neededAt;

    public ulong Number { get; private set; } = start;

    /// <summary>When it began, or the site's clock made a step since.</summary>
    public Timestamp StartedAt { get; private set; }

    public int Senders => senders;

    public int Receivers => receivers;

    /// <summary>A time-out has passed since the last acknowledgement.</summary>
    public bool IsSilent => _overdueEpochs > 0;

    public int Sender => (int)(Number % (ulong)senders);

    public int Receiver => (int)((Number + (Number / LeastCommonMultiple)) % (ulong)receivers);

    /// <summary>The time-out before any doubling. The minimum over a whole turn stays honest: no pair can stretch
    /// it.</summary>
    public TimeSpan Timeout
    {
        get
        {
            var minimum = _minimum < _minimumOfLastTurn ? _minimum : _minimumOfLastTurn;
            var timeout = (2 * (minimum == None ? UnknownRoundTrip : minimum)) + Margin;
            return timeout > AtLeast ? timeout : AtLeast;
        }
    }

    /// <summary>Doubled, to eight times at most, whenever pairs in a row came too late of which one must have been correct:
    /// under load, times vary by more than the shortest one tells, and each move sends all again that is in flight. Halved
    /// by every 5 s without a miss in which nothing took more than half of <see cref="PatientTimeout"/>.</summary>
    public TimeSpan TimeoutUnderLoad => Timeout * (1 << _doublings);

    /// <summary>The time-out that moves the epoch: that under load, doubled for each whole turn of epochs without an
    /// acknowledgement, up to what an epoch lasts.</summary>
    public TimeSpan PatientTimeout
    {
        get
        {
            var timeout = TimeoutUnderLoad;
            for (var turn = _overdueEpochs / _pairs; turn > 0 && timeout < Lasts; turn--)
            {
                timeout *= 2;
            }

            return timeout < Lasts ? timeout : Lasts;
        }
    }

    /// <summary>The minimal round trip of the last turn; null before the first.</summary>
    public TimeSpan? RoundTrip
    {
        get
        {
            var minimum = _minimum < _minimumOfLastTurn ? _minimum : _minimumOfLastTurn;
            return minimum == None ? null : minimum;
        }
    }

    private ulong LeastCommonMultiple
    {
        get
        {
            var (left, right) = (senders, receivers);
            while (right != 0)
            {
                (left, right) = (right, left % right);
            }

            return (ulong)(_pairs / left);
        }
    }

    public Timestamp Deadline => StartedAt + Lasts;

    public void OnAcknowledged(TimeSpan roundTrip)
    {
        // Late, and there all the same.
        if (IsSilent && ++_missedEpochs == _epochsWithCorrectPair)
        {
            (_missedEpochs, _doublings) = (0, Math.Min(_doublings + 1, DoublingsMax));
        }

        _overdueEpochs = 0;
        _minimum = roundTrip < _minimum ? roundTrip : _minimum;
    }

    /// <summary>An acknowledgement came of what was awaited since then: half as much patience might have missed it. To be
    /// told before <see cref="OnAcknowledged"/>.</summary>
    public void OnCame(Timestamp awaitedSince, Timestamp now) =>
        _neededAt = awaitedSince + (PatientTimeout / 2) < now ? now : _neededAt;

    public void Restart(Timestamp now) => StartedAt = now;

    /// <param name="isOverdue">It moves for want of an acknowledgement, and not because its time is over.</param>
    public void Move(Timestamp now, bool isOverdue)
    {
        Number++;
        StartedAt = now;
        _overdueEpochs += isOverdue ? 1 : 0;
        _missedEpochs = isOverdue ? _missedEpochs : 0;
        if (++_epochsInTurn == _pairs)
        {
            (_epochsInTurn, _minimumOfLastTurn, _minimum) = (0, _minimum, None);
        }
    }

    /// <summary>Lets time pass within an epoch. What had to be doubled a moment ago is doubled again by the next that is
    /// missed: one bad pair can bring back what correct ones have shown to be needed, and no more.</summary>
    public void OnTime(Timestamp now)
    {
        var calmSince = Timestamp.Later(StartedAt, Timestamp.Later(_halvedAt, _neededAt));
        if (_doublings > 0 && now - calmSince >= Calm)
        {
            (_doublings, _halvedAt, _missedEpochs) = (_doublings - 1, now, _epochsWithCorrectPair - 1);
        }
    }

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt64(Number);
        writer.Time(StartedAt);
        writer.Int64(_minimum.Ticks);
        writer.Int64(_minimumOfLastTurn.Ticks);
        writer.UInt32((uint)_epochsInTurn);
        writer.UInt32((uint)_overdueEpochs);
        writer.UInt32((uint)_missedEpochs);
        writer.UInt32((uint)_doublings);
        writer.Time(_halvedAt);
        writer.Time(_neededAt);
    }

    public void Load(ref WireReader reader)
    {
        (Number, StartedAt) = (reader.UInt64(), reader.Time());
        (_minimum, _minimumOfLastTurn) = (new(reader.Int64()), new(reader.Int64()));
        (_epochsInTurn, _overdueEpochs) = ((int)reader.UInt32(), (int)reader.UInt32());
        (_missedEpochs, _doublings) = ((int)reader.UInt32(), (int)reader.UInt32());
        (_halvedAt, _neededAt) = (reader.Time(), reader.Time());
    }

    /// <summary>Of so many epochs in a row one has a correct sender and a correct receiver: each bad one comes up once in
    /// a round of its site, receivers once more where the round is shifted.</summary>
    private static int EpochsWithCorrectPair(int senders, int receivers)
    {
        var epochs = 1;
        while (epochs <= BadOf(senders, epochs) + BadOf(receivers, epochs + 1))
        {
            epochs++;
        }

        return epochs;

        static int BadOf(int replicas, int epochs) => (replicas - 1) / 3 * ((epochs + replicas - 1) / replicas);
    }
}
