using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One site's end of the link with one other site: what it has to say to it, what it has taken from it, and
/// who speaks. Deterministic: fed with what the site has ordered and with agreed Time alone.</summary>
public sealed class Link
{
    private static readonly Bytes ScalarsKey = Bytes.FromText("s");

    private readonly Bytes _prefix;
    private readonly Outbox _outbox;
    private readonly Inbox _inbox;
    private readonly Register _register;
    private readonly LinkEpoch _epoch;
    private readonly TimeSpan _keeps;
    private readonly uint _peerLifeAtLeast;

    // What a pair of replicas has to get through within a time-out: all of the stream that was out when it last had, or
    // as much of it as every sender has in flight at once.
    private readonly int _oneCorrectOfOwn;
    private ulong _streamDue;
    private Timestamp _streamDueSince;
    private Timestamp _restartedAt;

    /// <param name="epochStart">Another number for each link of the site, 1 at least.</param>
    /// <param name="keeps">What the other site has not acknowledged is kept so long.</param>
    /// <param name="peerLife">The other site's life, as the own topology tells it; a later one is heard of.</param>
    public Link(
        SiteId self,
        SiteId peer,
        ulong epochStart,
        SiteSize own,
        SiteSize theirs,
        TimeSpan keeps,
        uint peerLife = Speaker.FirstLife)
    {
        (Peer, _keeps, _peerLifeAtLeast) = (peer, keeps, peerLife);
        _prefix = Bytes.FromText("link/").Concat([(byte)peer.Index]);
        (_outbox, _inbox, _register) = (new Outbox(peer), new Inbox(self), new Register(peer));
        _epoch = new LinkEpoch(epochStart, own.Replicas, theirs.Replicas);
        (OneCorrect, _oneCorrectOfOwn) = (theirs.OneCorrect, own.OneCorrect);
    }

    public SiteId Peer { get; }

    /// <summary>Number of the epoch; a change means that another pair speaks.</summary>
    public ulong Epoch => _epoch.Number;

    public Timestamp EpochSince => _epoch.StartedAt;

    /// <summary>The one replica of the own site that sends now.</summary>
    public int Sender => _epoch.Sender;

    /// <summary>The replica of the other site to try first.</summary>
    public int Receiver => _epoch.Receiver;

    /// <summary>The direct road was silent for a time-out: a third site may hand on.</summary>
    public bool IsSilent => _epoch.IsSilent;

    /// <summary>How many replicas the own site has.</summary>
    public int Senders => _epoch.Senders;

    /// <summary>How many of them send: one, and once the road was silent so many that a correct one is among them.</summary>
    public int SendersAtOnce => IsSilent ? _oneCorrectOfOwn : 1;

    /// <summary>How many replicas the other site has.</summary>
    public int Receivers => _epoch.Receivers;

    /// <summary>Among so many of them is a correct one.</summary>
    public int OneCorrect { get; }

    /// <summary>The link's time-out, undoubled: at least 200 ms.</summary>
    public TimeSpan Timeout => _epoch.Timeout;

    /// <summary>The time-out as correct pairs have shown to need it under load: up to eight times that.</summary>
    public TimeSpan TimeoutUnderLoad => _epoch.TimeoutUnderLoad;

    /// <summary>The time-out that moves the epoch: doubled after whole turns without an acknowledgement.</summary>
    public TimeSpan PatientTimeout => _epoch.PatientTimeout;

    /// <summary>Measured in agreed Time over the last turn of epochs; null before the first acknowledgement.</summary>
    public TimeSpan? RoundTrip => _epoch.RoundTrip;

    /// <summary>A register that carries only what can wait goes out after this.</summary>
    public TimeSpan AcknowledgeDelay => _epoch.Timeout / 4;

    public uint Life => _outbox.Life;

    /// <summary>The other site's life, as its words or the executed order tell it.</summary>
    public uint PeerLife => Math.Max(_inbox.SiteLife, _peerLifeAtLeast);

    public ulong Acknowledged => _outbox.Acknowledged;

    /// <summary>Bytes in the outbox.</summary>
    public long HeldBytes => _outbox.HeldBytes;

    /// <summary>The other site's newest register, before the bar; null before the first.</summary>
    public StatusFront? PeerFront => _inbox.Front;

    /// <summary>The own register as it was last set, before the bar; null before the first.</summary>
    public StatusFront? OwnFront => _register.Front;

    /// <summary>The newest version of ours that the other site has shown to have seen.</summary>
    public ulong VersionSeenByPeer => _register.Seen;

    /// <summary>When that one was sent; zero before the first.</summary>
    public Timestamp SeenByPeerAt => _register.SeenSentAt;

    /// <summary>When the oldest own register version was sent that the other site has not shown to have seen; Never if
    /// there is none.</summary>
    public Timestamp UnseenSince => _register.UnseenSince;

    public OutboxItem? Find(ulong sequence) => _outbox.Find(sequence);

    /// <summary>Whether somebody may still want this batch's signature for this link.</summary>
    public bool Needs(SiteSequence batch) => _register.Batch == batch || _outbox.IsStillOut(batch);

    /// <summary>Puts a body into the outbox, in parts if it is long.</summary>
    public void Put(Bytes body, Timestamp now)
    {
        foreach (var framed in StreamFrame.Cut(body))
        {
            _outbox.Put(framed, now);
        }
    }

    public void SetFront(StatusFront front) => _register.Set(front);

    /// <summary>What would be taken of a message now.</summary>
    public InputStanding Judge(SiteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Statement.SiteLife < _inbox.SiteLife)
        {
            return InputStanding.Obsolete;
        }

        var standing = _inbox.Judge(message);
        var isNews = standing == InputStanding.Consumable || message.Outputs.Any(output =>
            SiteStatus.FromLeaf(output.Leaf) is { } status && AcknowledgesMore(status));
        return isNews ? InputStanding.Consumable : standing;
    }

    /// <summary>Takes what is new in a message. A lower site life is refused by name.</summary>
    public LinkNews Take(SiteMessage message, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(message);
        var siteLife = message.Statement.SiteLife;
        if (siteLife < _inbox.SiteLife)
        {
            return LinkNews.Refused(Rejection.OldLife);
        }

        var standing = Judge(message);
        if (standing != InputStanding.Consumable)
        {
            return LinkNews.Refused(standing == InputStanding.Early ? Rejection.EarlySequence : Rejection.OldSequence);
        }

        var isCut = OnPeerLife(siteLife);
        var bodies = new List<Bytes>();
        StatusFront? front = null;
        foreach (var output in message.Outputs)
        {
            if (SiteStatus.FromLeaf(output.Leaf) is { } status)
            {
                front = _inbox.TryTake(status) ? status.Front : front;
                Acknowledge(status, now);
            }
            else if (StreamLeaf.FromLeaf(output.Leaf) is { } leaf)
            {
                _inbox.Take(leaf, output.Body, bodies);
            }
        }

        return new(Rejection.None, ValueList.From(bodies), front, isCut);
    }

    /// <summary>The executed order tells the other site's life: lower ones are refused from now on. True if it is a new
    /// one here, so that the own outbox was cut.</summary>
    public bool OnPeerLife(uint life)
    {
        var isCut = _inbox.BecomesSiteLife(life);
        if (isCut)
        {
            // What the site's life before had not acknowledged, its new life does not know.
            Cut();
            _register.BeginLife();
        }

        return isCut;
    }

    /// <summary>Adds to a batch's leaves what goes out with it. The register rides in every output.</summary>
    public void FinishBatch(SiteSequence batch, Timestamp now, TimeSpan heartbeat, List<Bytes> leaves)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        var told = new Acknowledgement(_inbox.LinkLife, _inbox.ReceivedUpTo, _inbox.VersionSeen);
        var isAlone = !_outbox.HasSomethingToPutOut;
        if (_register.IsDue(told, now, AcknowledgeDelay, heartbeat) || (!isAlone && _register.Front is not null))
        {
            leaves.Add(_register.PutOut(told, PeerLife, batch, now, heartbeat, isAlone));
            _outbox.PutOut(batch, PeerLife, now, leaves);
        }
    }

    /// <summary>Lets time pass: an overdue acknowledgement or 30 s move the epoch on. True if the outbox was cut
    /// because it holds too much or for too long.</summary>
    public bool OnTime(Timestamp now)
    {
        var isCut = _outbox.HeldBytes > Limits.OutboxBytesPerLink
            || ExpiresAt() <= now;
        if (isCut)
        {
            Cut();
        }

        _epoch.OnTime(now);
        var isOverdue = OverdueAt() <= now;
        if (isOverdue || _epoch.Deadline <= now)
        {
            _epoch.Move(now, isOverdue);
        }

        return isCut;
    }

    /// <summary>The site has slept: timers begin anew instead of firing.</summary>
    public void RestartTimers(Timestamp now)
    {
        _restartedAt = now;
        _epoch.Restart(now);
    }

    public void Requeue(SiteSequence below) => _outbox.Requeue(below);

    /// <summary>When the machine must see the time next for this link.</summary>
    /// <param name="isAble">False while the site has no commitments to speak with: then nothing can go out.</param>
    public Timestamp NextDeadline(bool isAble, TimeSpan heartbeat)
    {
        var deadline = Timestamp.Earlier(ExpiresAt(), Timestamp.Earlier(OverdueAt(), _epoch.Deadline));
        return isAble ? Timestamp.Earlier(deadline, _register.Deadline(AcknowledgeDelay, heartbeat)) : deadline;
    }

    public void Save(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var state = map.Under(_prefix);
        var writer = new WireWriter();
        writer.UInt64(_streamDue);
        writer.Time(_streamDueSince);
        writer.Time(_restartedAt);
        _epoch.Write(writer);
        _outbox.WriteScalars(writer);
        _inbox.WriteScalars(writer);
        _register.WriteScalars(writer);
        state.Set(ScalarsKey, writer.ToBytes());
        _outbox.SaveItems(state);
        _inbox.SaveParts(state);
    }

    public void Load(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var state = map.Under(_prefix);
        Invariant.Holds(state.TryGet(ScalarsKey, out var scalars), "M1");
        var reader = new WireReader(scalars.Span);
        (_streamDue, _streamDueSince, _restartedAt) = (reader.UInt64(), reader.Time(), reader.Time());
        _epoch.Load(ref reader);
        _outbox.Load(ref reader, state);
        _inbox.Load(ref reader, state);
        _register.Load(ref reader);
        Invariant.Holds(reader.Finished, "M1");
    }

    /// <summary>What stands behind the bar counts from every register, whatever its version.</summary>
    private bool AcknowledgesMore(SiteStatus status) =>
        (status.HeardLinkLife == _outbox.Life
            && status.ReceivedUpTo > _outbox.Acknowledged && status.ReceivedUpTo < _outbox.Next)
        || (status.VersionSeen > _register.Seen && status.VersionSeen <= _register.Version);

    private void Acknowledge(SiteStatus status, Timestamp now)
    {
        if (!AcknowledgesMore(status))
        {
            return;
        }

        _epoch.OnCame(AwaitedSince(), now);
        var sentAt = _register.OnSeen(status.VersionSeen);
        if (sentAt != Timestamp.Never)
        {
            _epoch.OnAcknowledged(now - sentAt);
        }

        var isOurLife = status.HeardLinkLife == _outbox.Life && status.ReceivedUpTo < _outbox.Next;
        if (isOurLife && _outbox.Acknowledge(status.ReceivedUpTo) is { PutOutAt: var putOutAt })
        {
            _epoch.OnAcknowledged(now - putOutAt);
            if (_outbox.Acknowledged >= _streamDue)
            {
                (_streamDue, _streamDueSince) = (_outbox.OutUpTo(Limits.FirstFlightBytes), now);
            }
        }
    }

    private void Cut()
    {
        _outbox.Cut();
        _streamDue = 0;
    }

    private Timestamp ExpiresAt() =>
        Timestamp.Later(_outbox.Oldest?.PutAt ?? Timestamp.Never, _restartedAt) + _keeps;

    /// <summary>When the oldest word without an acknowledgement is as old as the time-out.</summary>
    private Timestamp OverdueAt() => AwaitedSince() + PatientTimeout;

    /// <summary>Since when the pair that speaks owes an acknowledgement; Never if it owes none. Stream and register are
    /// looked at each for itself: a pair that lets one of them through could starve the other. And a little of the
    /// stream is not enough: a pair could let one place through in each time-out.</summary>
    private Timestamp AwaitedSince()
    {
        var stream = Timestamp.Later(_outbox.Oldest?.PutOutAt ?? Timestamp.Never, _streamDueSince);
        var oldest = Timestamp.Earlier(stream, _register.UnseenSince);
        return Timestamp.Later(oldest, _epoch.StartedAt);
    }
}

/// <summary>What a message of another site brought.</summary>
/// <param name="Bodies">Bodies of the stream that are whole now, in order.</param>
/// <param name="Front">The newer register, before the bar; null if the message has none.</param>
/// <param name="IsCut">The other site began a new life, so the own outbox to it was cut.</param>
public sealed record LinkNews(Rejection Refusal, ValueList<Bytes> Bodies, StatusFront? Front, bool IsCut)
{
    public static LinkNews Refused(Rejection reason) => new(reason, [], null, false);
}
