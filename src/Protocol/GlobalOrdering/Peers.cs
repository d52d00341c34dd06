using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What is known of another site.</summary>
internal sealed class Peer
{
    private static readonly TimeSpan FirstLinkTimeout = TimeSpan.FromSeconds(1);
    private static readonly OrderingStatus Nothing = new(default, default, default, default, default);

    /// <summary>The newest version of its register, and no other.</summary>
    public OrderingStatus Status { get; set; } = Nothing;

    /// <summary>A view up to which this site, if it leads, will not lead any more: it forgot what it proposed. Null if
    /// there is none.</summary>
    public GlobalView? LedUpTo { get; private set; }

    /// <summary>A new life has said nothing yet.</summary>
    /// <param name="view">The view at that moment.</param>
    public void BeginLife(uint life, GlobalView view) =>
        (Life, Status, Credits, AboveSince, LedUpTo) = (life, Nothing, 0, Timestamp.Never, view);

    /// <summary>The newest version of its register.</summary>
    /// <param name="view">The present view.</param>
    public void OnStatus(Timestamp now, OrderingStatus status, ulong credits, GlobalView view)
    {
        (Status, Credits, HeardAt) = (status, credits, now);
        LedUpTo = status.InstalledView == view && status.Accepted > default(GlobalSequence) ? null : LedUpTo;
    }

    /// <summary>What the same version lets this site forward in all.</summary>
    public ulong Credits { get; set; }

    public Timestamp HeardAt { get; set; }

    /// <summary>Since when it has not seen the newest of the own register versions; never, if it has.</summary>
    public Timestamp UnseenSince { get; set; } = Timestamp.Never;

    public TimeSpan LinkTimeout { get; set; } = FirstLinkTimeout;

    /// <summary>The same under load: a pair of representatives can be silent for so long before another speaks.</summary>
    public TimeSpan LinkTimeoutUnderLoad { get; set; } = FirstLinkTimeout;

    /// <summary>When the own view was last said to it.</summary>
    public Timestamp ViewSaidAt { get; set; }

    /// <summary>Since when its register shows a view above the own; never, if it does not.</summary>
    public Timestamp AboveSince { get; set; } = Timestamp.Never;

    /// <summary>A question of it was answered in this batch. Never saved: no state is taken within a batch.</summary>
    public bool WasAnswered { get; set; }

    /// <summary>The site's life as the executed order tells it.</summary>
    public uint SiteLife { get; set; } = Speaker.FirstLife;

    /// <summary>The life in which the site said what is known of it: lower ones are refused.</summary>
    public uint Life { get; private set; } = Speaker.FirstLife;

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
        writer.Int64(LinkTimeoutUnderLoad.Ticks);
        writer.Time(ViewSaidAt);
        writer.Time(AboveSince);
        writer.Boolean(LedUpTo is not null);
        writer.View(LedUpTo ?? default);
        writer.UInt32(SiteLife);
        writer.UInt32(Life);
    }

    public void Load(ref WireReader reader)
    {
        Status = OrderingStatus.Read(ref reader);
        Credits = reader.UInt64();
        HeardAt = reader.Time();
        UnseenSince = reader.Time();
        LinkTimeout = TimeSpan.FromTicks(reader.Int64());
        LinkTimeoutUnderLoad = TimeSpan.FromTicks(reader.Int64());
        ViewSaidAt = reader.Time();
        AboveSince = reader.Time();
        var (hasLed, ledUpTo) = (reader.Boolean(), reader.GlobalView());
        LedUpTo = hasLed ? ledUpTo : null;
        (SiteLife, Life) = (reader.UInt32(), reader.UInt32());
    }
}
