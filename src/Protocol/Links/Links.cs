using System.Collections.Immutable;
using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>All links of a site, in its machine.</summary>
/// <remarks>The order of a batch: <see cref="OnTime"/>; then <see cref="Take"/>, <see cref="Put"/> and <see
/// cref="SetFront"/> as the inputs want it; then <see cref="FinishBatch"/> once.</remarks>
public sealed class Links
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UsualHeartbeat = TimeSpan.FromSeconds(1);
    private static readonly Bytes Prefix = Bytes.FromText("links/");
    private static readonly Bytes ScalarsKey = Bytes.FromText("s");

    private readonly WideAreaSize _size;
    private readonly Link?[] _links;
    private Timestamp _now;
    private TimeSpan _heartbeat = UsualHeartbeat;

    public Links(Genesis genesis, SiteId self, Retention? retention = null)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        _size = genesis.Size;
        _links = new Link?[genesis.Sites.Count];
        var epochStart = 1UL;
        foreach (var peer in Enumerable.Range(0, _links.Length).Select(index => new SiteId(index)))
        {
            _links[peer.Index] = peer == self
                ? null
                : new Link(
                    self,
                    peer,
                    epochStart++,
                    genesis[self].Size,
                    genesis[peer].Size,
                    (retention ?? Retention.Usual).Outbox,
                    genesis[peer].Life);
        }

        All = [.. _links.OfType<Link>()];
    }

    /// <summary>The links, by site.</summary>
    public ImmutableArray<Link> All { get; }

    public Link this[SiteId peer] =>
        _links[peer.Index] ?? throw new ArgumentException("No link to itself.", nameof(peer));

    /// <summary>Lets agreed Time pass. Gives the sites whose outbox was cut: what matters must be said to them
    /// again.</summary>
    public IReadOnlyList<SiteId> OnTime(Timestamp now)
    {
        var cut = new List<SiteId>();
        var hasSlept = now - _now > Step;
        _now = now;
        foreach (var link in All)
        {
            if (hasSlept)
            {
                link.RestartTimers(now);
            }

            if (link.OnTime(now))
            {
                cut.Add(link.Peer);
            }
        }

        return cut;
    }

    /// <summary>A register goes out at least so often: 1 s, from the leading site as often as those who watch it
    /// need.</summary>
    public void SetHeartbeat(TimeSpan? leading) =>
        _heartbeat = leading is { } heartbeat && heartbeat < UsualHeartbeat ? heartbeat : UsualHeartbeat;

    public void Put(SiteId peer, StreamBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        this[peer].Put(body.Encode(), _now);
    }

    public void SetFront(SiteId peer, StatusFront front) => this[peer].SetFront(front);

    public InputStanding Judge(SiteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.From.Index < _links.Length && _links[message.From.Index] is { } link
            ? link.Judge(message)
            : InputStanding.Obsolete;
    }

    /// <summary>The order in which messages of one site are wanted: by the first place of its stream that they bring,
    /// in whatever batch it was put out; a register alone waits for nothing.</summary>
    public static ulong Rank(SiteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var places = message.Outputs.Select(output => StreamLeaf.FromLeaf(output.Leaf)).OfType<StreamLeaf>();
        return places.FirstOrDefault() is { } first ? ((ulong)first.LinkLife << 40) + first.Sequence : 0;
    }

    public LinkNews Take(SiteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.From.Index < _links.Length && _links[message.From.Index] is { } link
            ? link.Take(message, _now)
            : LinkNews.Refused(Rejection.UnknownSender);
    }

    /// <summary>Adds to the batch's leaves all that goes out to other sites with it. Call it only if the batch will be
    /// assigned to a signing group: otherwise everything waits where it is.</summary>
    public void FinishBatch(SiteSequence batch, List<Bytes> leaves)
    {
        foreach (var link in All)
        {
            link.FinishBatch(batch, _now, _heartbeat, leaves);
        }
    }

    /// <summary>The assignments of batches below are retired: what they carried and nobody acknowledged waits for a new
    /// one.</summary>
    public void Requeue(SiteSequence below)
    {
        foreach (var link in All)
        {
            link.Requeue(below);
        }
    }

    /// <summary>Whether some link may still need this batch's signature.</summary>
    public bool Needs(SiteSequence batch)
    {
        foreach (var link in All)
        {
            if (link.Needs(batch))
            {
                return true;
            }
        }

        return false;
    }

    public Timestamp NextDeadline(bool isAble)
    {
        var earliest = Timestamp.Never;
        foreach (var link in All)
        {
            earliest = Timestamp.Earlier(earliest, link.NextDeadline(isAble, _heartbeat));
        }

        return earliest;
    }

    /// <summary>The sending time of the newest own register version that a majority of sites, the own included, has
    /// seen: what the age of a local answer is counted from.</summary>
    public Timestamp SeenByMajorityAt()
    {
        var others = _size.Majority - 1;
        return others == 0 ? _now : All.Select(link => link.SeenByPeerAt).OrderDescending().ElementAt(others - 1);
    }

    public void Save(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var writer = new WireWriter(16);
        writer.Time(_now);
        writer.Int64(_heartbeat.Ticks);
        map.Under(Prefix).Set(ScalarsKey, writer.ToBytes());
        foreach (var link in All)
        {
            link.Save(map);
        }
    }

    public void Load(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        Invariant.Holds(map.Under(Prefix).TryGet(ScalarsKey, out var scalars), "M1");
        var reader = new WireReader(scalars.Span);
        (_now, _heartbeat) = (reader.Time(), new TimeSpan(reader.Int64()));
        foreach (var link in All)
        {
            link.Load(map);
        }
    }
}
