using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What is known of another site.</summary>
internal sealed class Peer
{
    private static readonly TimeSpan FirstLinkTimeout = TimeSpan.FromSeconds(1);
    private static readonly OrderingStatus Nothing = new(default, default, default, default, default);

    /// <summary>The newest version of its register, and no other.</summary>
    public OrderingStatus Status { get; set; } = Nothing;

    /// <summary>What the same version lets this site forward in all.</summary>
    public ulong Credits { get; set; }

    public Timestamp HeardAt { get; set; }

    /// <summary>Since when it has not seen the newest of the own register versions; never, if it has.</summary>
    public Timestamp UnseenSince { get; set; } = Timestamp.Never;

    public TimeSpan LinkTimeout { get; set; } = FirstLinkTimeout;

    /// <summary>When the own view was last said to it.</summary>
    public Timestamp ViewSaidAt { get; set; }

    /// <summary>Since when its register shows a view above the own; never, if it does not.</summary>
    public Timestamp AboveSince { get; set; } = Timestamp.Never;

    /// <summary>The site's life as the executed order tells it.</summary>
    public uint SiteLife { get; set; } = 1;

    /// <summary>How far it has accepted in a view, by its newest word.</summary>
    public GlobalSequence AcceptedIn(GlobalView view) =>
        Status.InstalledView == view ? Status.Accepted : default;

    /// <summary>To be asked whenever its register or the own view is another.</summary>
    public void CompareViews(Timestamp now, GlobalView own)
    {
        if (Status.View <= own)
        {
            AboveSince = Timestamp.Never;
        }
        else if (AboveSince == Timestamp.Never)
        {
            AboveSince = now;
        }
    }

    public void Save(WireWriter writer)
    {
        Status.Write(writer);
        writer.UInt64(Credits);
        writer.Time(HeardAt);
        writer.Time(UnseenSince);
        writer.Int64(LinkTimeout.Ticks);
        writer.Time(ViewSaidAt);
        writer.Time(AboveSince);
        writer.UInt32(SiteLife);
    }

    public void Load(ref WireReader reader)
    {
        Status = OrderingStatus.Read(ref reader);
        Credits = reader.UInt64();
        HeardAt = reader.Time();
        UnseenSince = reader.Time();
        LinkTimeout = TimeSpan.FromTicks(reader.Int64());
        ViewSaidAt = reader.Time();
        AboveSince = reader.Time();
        SiteLife = reader.UInt32();
    }
}
