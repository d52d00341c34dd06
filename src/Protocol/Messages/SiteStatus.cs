namespace Holdfast.Protocol.Messages;

/// <summary>What a site says of its global ordering in every register: part of <see cref="SiteStatus"/>.</summary>
/// <param name="View">The highest view that the site has moved to: a promise to accept nothing below it.</param>
/// <param name="InstalledView">The highest view that it has installed.</param>
/// <param name="Accepted">In the installed view it holds the log, with bodies, up to here.</param>
/// <param name="Committed">It knows everything up to here to be committed.</param>
/// <param name="Wanted">Its suspicion: the view that it wants at least; equal to <paramref name="View"/> for
/// none.</param>
public sealed record OrderingStatus(
    GlobalView View, GlobalView InstalledView, GlobalSequence Accepted, GlobalSequence Committed, GlobalView Wanted)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.View(InstalledView);
        writer.Sequence(Accepted);
        writer.Sequence(Committed);
        writer.View(Wanted);
    }

    public static OrderingStatus Read(ref WireReader reader) => new(
        reader.GlobalView(),
        reader.GlobalView(),
        reader.GlobalSequence(),
        reader.GlobalSequence(),
        reader.GlobalView());
}

/// <summary>What stands before the bar of the register: a change makes a new version.</summary>
/// <param name="Credits">For the receiver, if the sender leads: updates, counted in the installed view, that it may
/// have forwarded in all.</param>
/// <param name="ReadNumber">The newest of the sender's own numbered reads.</param>
/// <param name="EchoedRead">The newest read number of the receiver that the sender has seen.</param>
/// <param name="DigestAt">The last multiple of 1024 that the sender has executed; 0 before the first.</param>
/// <param name="StateDigest">Digest of its Global part there.</param>
public sealed record StatusFront(
    OrderingStatus Ordering,
    ulong Credits,
    ulong ReadNumber,
    ulong EchoedRead,
    GlobalSequence DigestAt,
    Digest StateDigest);

/// <summary>The register of a link: the newest, by (site life, version), replaces the older. What stands behind the bar
/// (acknowledgements) makes no new version and is never itself acknowledged; it counts from every register whatever its
/// version and is merged by maximum within the link life that it names.</summary>
/// <param name="ToLife">The life of the receiver that this is for: what was said to an earlier one, and is sent once more
/// by whoever kept it, says nothing to the next.</param>
/// <param name="SentAt">The sender's agreed Time of the batch that put this version out.</param>
/// <param name="HeardLinkLife">The life of the receiver's link that the acknowledgement speaks of.</param>
/// <param name="ReceivedUpTo">Stream sequences of that life taken without a gap.</param>
/// <param name="VersionSeen">The newest version of the receiver's register that the sender has taken.</param>
public sealed record SiteStatus(
    SiteId To,
    uint ToLife,
    ulong Version,
    Timestamp SentAt,
    StatusFront Front,
    uint HeardLinkLife,
    ulong ReceivedUpTo,
    ulong VersionSeen)
{
    public Bytes Leaf()
    {
        var writer = new WireWriter();
        writer.Byte((byte)LeafKind.Register);
        writer.Site(To);
        writer.UInt32(ToLife);
        writer.UInt64(Version);
        writer.Time(SentAt);
        Front.Ordering.Write(writer);
        writer.UInt64(Front.Credits);
        writer.UInt64(Front.ReadNumber);
        writer.UInt64(Front.EchoedRead);
        writer.Sequence(Front.DigestAt);
        writer.Digest(Front.StateDigest);
        writer.UInt32(HeardLinkLife);
        writer.UInt64(ReceivedUpTo);
        writer.UInt64(VersionSeen);
        return writer.ToBytes();
    }

    /// <summary>Null if the leaf is not a register.</summary>
    public static SiteStatus? FromLeaf(Bytes leaf)
    {
        var reader = new WireReader(leaf.Span);
        if (reader.Byte() != (byte)LeafKind.Register)
        {
            return null;
        }

        var (to, toLife, version, sentAt) = (reader.Site(), reader.UInt32(), reader.UInt64(), reader.Time());
        var ordering = OrderingStatus.Read(ref reader);
        var front = new StatusFront(
            ordering, reader.UInt64(), reader.UInt64(), reader.UInt64(), reader.GlobalSequence(), reader.Digest());
        var status = new SiteStatus(
            to, toLife, version, sentAt, front, reader.UInt32(), reader.UInt64(), reader.UInt64());
        return reader.Finished ? status : null;
    }
}

/// <summary>One place of a link's stream, as a leaf: the body enters as its digest.</summary>
/// <param name="ToLife">The life of the receiver that this is for.</param>
public sealed record StreamLeaf(SiteId To, uint ToLife, uint LinkLife, ulong Sequence, Digest Body)
{
    public Bytes Leaf()
    {
        var writer = new WireWriter();
        writer.Byte((byte)LeafKind.Stream);
        writer.Site(To);
        writer.UInt32(ToLife);
        writer.UInt32(LinkLife);
        writer.UInt64(Sequence);
        writer.Digest(Body);
        return writer.ToBytes();
    }

    /// <summary>Null if the leaf is not a place of a stream.</summary>
    public static StreamLeaf? FromLeaf(Bytes leaf)
    {
        var reader = new WireReader(leaf.Span);
        if (reader.Byte() != (byte)LeafKind.Stream)
        {
            return null;
        }

        var stream = new StreamLeaf(
            reader.Site(), reader.UInt32(), reader.UInt32(), reader.UInt64(), reader.Digest());
        return reader.Finished ? stream : null;
    }
}
