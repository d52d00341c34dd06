using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The sending side of a link's register: when it goes out, and under which version. What is behind the bar
/// makes no new version; so an acknowledgement is never itself acknowledged.</summary>
public sealed class Register(SiteId to)
{
    // Versions that the other site has not shown to have seen, oldest first, with their sending times.
    private readonly List<(ulong Version, Timestamp SentAt)> _unseen = [];

    private StatusFront? _wanted;
    private StatusFront? _putOut;
    private Acknowledgement _told;
    private Timestamp _newsSince = Timestamp.Never;

    /// <summary>The newest version put out; 0 before the first.</summary>
    public ulong Version { get; private set; }

    /// <summary>The newest of our versions that the other site has shown to have seen.</summary>
    public ulong Seen { get; private set; }

    /// <summary>When that one was sent: the age of what the other site knows of us. Zero before the first.</summary>
    public Timestamp SeenSentAt { get; private set; }

    /// <summary>The batch that put out the newest register, for resending.</summary>
    public SiteSequence Batch { get; private set; }

    /// <summary>When the oldest version that was not seen yet was sent; Never if all are seen.</summary>
    public Timestamp UnseenSince => _unseen.Count == 0 ? Timestamp.Never : _unseen[0].SentAt;

    /// <summary>When the newest version was put out.</summary>
    public Timestamp NewestSentAt { get; private set; }

    /// <summary>What it says before the bar; null if there is nothing to tell yet.</summary>
    public StatusFront? Front => _wanted;

    public void Set(StatusFront front) => _wanted = front;

    /// <summary>The other site begins a new life: what was said to the one before is not said to it.</summary>
    public void BeginLife() => _wanted = null;

    /// <summary>Whether it goes out now even alone.</summary>
    public bool IsDue(Acknowledgement told, Timestamp now, TimeSpan delay, TimeSpan heartbeat)
    {
        if (_wanted is null)
        {
            return false;
        }

        if (_newsSince == Timestamp.Never && (_wanted != _putOut || told != _told))
        {
            _newsSince = now;
        }

        return IsUrgent() || Deadline(delay, heartbeat) <= now;
    }

    /// <summary>When it goes out at latest if nothing else happens.</summary>
    public Timestamp Deadline(TimeSpan delay, TimeSpan heartbeat) => _wanted is null
        ? Timestamp.Never
        : Timestamp.Earlier(_newsSince + delay, NewestSentAt + heartbeat);

    /// <summary>The register as it rides in a batch that has output for the site anyway, or that it opens.</summary>
    /// <param name="toLife">The other site's life.</param>
    /// <param name="isAlone">Nothing but an acknowledgement may be in it: then a heartbeat that would be due soon is
    /// brought forward, to save its batch.</param>
    public Bytes PutOut(
        Acknowledgement told, uint toLife, SiteSequence batch, Timestamp now, TimeSpan heartbeat, bool isAlone)
    {
        Invariant.Holds(_wanted is not null, "No acknowledgement of acknowledgements");
        var isHeartbeat = NewestSentAt + (isAlone ? heartbeat / 2 : heartbeat) <= now;
        if (Version == 0 || isHeartbeat || _wanted != _putOut)
        {
            Version++;
            NewestSentAt = now;
            Remember(now);
        }

        (_putOut, _told, _newsSince, Batch) = (_wanted, told, Timestamp.Never, batch);
        return new SiteStatus(
            to, toLife, Version, NewestSentAt, _wanted, told.LinkLife, told.ReceivedUpTo, told.VersionSeen).Leaf();
    }

    /// <summary>The other site shows that it has seen this version. Gives when the newest one that it newly covers was
    /// sent, or Never.</summary>
    public Timestamp OnSeen(ulong version)
    {
        var sentAt = Timestamp.Never;
        while (version <= Version && _unseen.Count > 0 && _unseen[0].Version <= version)
        {
            sentAt = SeenSentAt = _unseen[0].SentAt;
            _unseen.RemoveAt(0);
        }

        Seen = version <= Version ? Math.Max(Seen, version) : Seen;
        return sentAt;
    }

    public void WriteScalars(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteFront(writer, _wanted);
        WriteFront(writer, _putOut);
        writer.UInt32(_told.LinkLife);
        writer.UInt64(_told.ReceivedUpTo);
        writer.UInt64(_told.VersionSeen);
        writer.Time(_newsSince);
        writer.UInt64(Version);
        writer.UInt64(Seen);
        writer.Time(SeenSentAt);
        writer.Sequence(Batch);
        writer.Time(NewestSentAt);
        writer.Count(_unseen.Count);
        foreach (var (version, sentAt) in _unseen)
        {
            writer.UInt64(version);
            writer.Time(sentAt);
        }
    }

    public void Load(ref WireReader scalars)
    {
        (_wanted, _putOut) = (ReadFront(ref scalars), ReadFront(ref scalars));
        _told = new(scalars.UInt32(), scalars.UInt64(), scalars.UInt64());
        _newsSince = scalars.Time();
        (Version, Seen, SeenSentAt) = (scalars.UInt64(), scalars.UInt64(), scalars.Time());
        (Batch, NewestSentAt) = (scalars.SiteSequence(), scalars.Time());
        _unseen.Clear();
        for (var left = scalars.Count(Limits.UnseenVersions); left > 0; left--)
        {
            _unseen.Add((scalars.UInt64(), scalars.Time()));
        }
    }

    internal static void WriteFront(WireWriter writer, StatusFront? front)
    {
        writer.Boolean(front is not null);
        if (front is not null)
        {
            writer.Bytes(new SiteStatus(default, 0, 0, default, front, 0, 0, 0).Leaf());
        }
    }

    internal static StatusFront? ReadFront(ref WireReader reader) =>
        reader.Boolean() ? SiteStatus.FromLeaf(reader.Bytes(Limits.StreamBodyBytes))?.Front : null;

    private bool IsUrgent() => _putOut is null
        || _wanted!.Ordering.View != _putOut.Ordering.View
        || _wanted.Ordering.InstalledView != _putOut.Ordering.InstalledView
        || _wanted.Ordering.Wanted != _putOut.Ordering.Wanted
        || _wanted.Ordering.Accepted != _putOut.Ordering.Accepted
        || _wanted.ReadNumber != _putOut.ReadNumber
        || _wanted.EchoedRead != _putOut.EchoedRead;

    private void Remember(Timestamp now)
    {
        // The last but one goes: of the versions kept, each is at least as old as what it stands for.
        if (_unseen.Count == Limits.UnseenVersions)
        {
            _unseen.RemoveAt(_unseen.Count - 1);
        }

        _unseen.Add((Version, now));
    }
}

/// <summary>What stands behind the register's bar: how much of the other site's link has been taken.</summary>
public readonly record struct Acknowledgement(uint LinkLife, ulong ReceivedUpTo, ulong VersionSeen);
