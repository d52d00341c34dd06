using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A commit as it counts: by view and digest.</summary>
public readonly record struct CommitVote(SiteView View, Digest Digest);

/// <summary>What a replica knows about one place of the order: the words of its current view, the highest prepared
/// certificate, and what is decided.</summary>
public sealed class SiteSlot(SiteSequence sequence, SiteSize size)
{
    private readonly List<(Digest Digest, Batch Batch)> _bodies = [];
    private readonly List<Digest> _onDisk = [];

    public SiteSequence Sequence => sequence;

    /// <summary>The primary's offer in the current view, accepted or waiting to be.</summary>
    public Said? Proposal { get; set; }

    public PrePrepare? Offer => (PrePrepare?)Proposal?.Word;

    /// <summary>When the offer came, and what the reference clock showed.</summary>
    public Instant OfferedAt { get; set; }

    public Timestamp OfferedClock { get; set; }

    /// <summary>This replica, as primary, has put its offer on disk in the current view.</summary>
    public bool IsOffered { get; set; }

    public bool IsAccepted { get; set; }

    /// <summary>The offer was fresh, and the own reference clock found its time good.</summary>
    public bool IsTimely { get; set; }

    /// <summary>When this replica offered or accepted it: from then on its primary has no part in how long it takes.
    /// Null if that was before a restart: how long the site was down is no ordering time.</summary>
    public Instant? AcceptedAt { get; set; }

    /// <summary>The offer is refused in this view, unless a quorum thinks otherwise.</summary>
    public bool IsRefused { get; set; }

    public Said?[] Prepares { get; private set; } = new Said?[size.Replicas];

    public CommitVote?[] Commits { get; } = new CommitVote?[size.Replicas];

    /// <summary>Places told committed by peers (f + 1 equal ones decide).</summary>
    public Digest?[] Told { get; } = new Digest?[size.Replicas];

    /// <summary>The certificate of the highest view; on disk before the commit is said.</summary>
    public PreparedCertificate? Prepared { get; set; }

    /// <summary>The view in which the own commit was said last.</summary>
    public SiteView? CommittedIn { get; set; }

    /// <summary>The digest that is decided for this place, for ever.</summary>
    public Digest? Decided { get; private set; }

    /// <summary>The view whose commits decided it; null if peers told so, or it was before a restart.</summary>
    public SiteView? DecidedIn { get; private set; }

    public long BodyBytes => _bodies.Sum(body => (long)body.Batch.Encoded.Length);

    /// <summary>Decided, and the body is here.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>Words of lower views do not count in a new one; bodies, certificate and decision stay.</summary>
    public void EnterView()
    {
        (Proposal, IsOffered, IsAccepted, IsTimely, IsRefused) = (null, false, false, false, false);
        Prepares = new Said?[size.Replicas];
    }

    public void AddBody(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (Body(batch.Digest) is null)
        {
            MakeRoom();
            _bodies.Add((batch.Digest, batch));
        }
    }

    /// <summary>What was accepted may have been prepared by somebody, and a later view offer it again when nobody else has it: it
    /// stays through any number of views that a site can go through while nothing is decided.</summary>
    private void MakeRoom()
    {
        var onlyOffered = _bodies.FindAll(body => !_onDisk.Contains(body.Digest) && MayGo(body.Digest));
        if (onlyOffered.Count >= Limits.BodiesOfOnePlace)
        {
            _bodies.Remove(onlyOffered[0]);
        }
        else if (_bodies.Count >= Limits.AcceptedBodiesOfOnePlace)
        {
            var old = _bodies.FindIndex(body => MayGo(body.Digest));
            _onDisk.Remove(_bodies[old].Digest);
            _bodies.RemoveAt(old);
        }
    }

    public void ForgetOnlyOffered() =>
        _bodies.RemoveAll(body => !_onDisk.Contains(body.Digest) && MayGo(body.Digest));

    private bool MayGo(Digest body) => body != Prepared?.Digest && body != Decided;

    public Batch? Body(Digest? digest)
    {
        if (digest == Batch.Null.Digest)
        {
            return Batch.Null;
        }

        foreach (var (name, batch) in _bodies)
        {
            if (name == digest)
            {
                return batch;
            }
        }

        return null;
    }

    /// <summary>The body to write beside a record: none if the disk holds it already.</summary>
    public Bytes BodyForDisk(Digest digest)
    {
        if (digest == Batch.Null.Digest || _onDisk.Contains(digest))
        {
            return Bytes.Empty;
        }

        _onDisk.Add(digest);
        return Body(digest)!.Encoded;
    }

    public void SetOnDisk(Digest digest)
    {
        if (!_onDisk.Contains(digest))
        {
            _onDisk.Add(digest);
        }
    }

    public void Decide(Digest digest, SiteView? view)
    {
        // Two digests decided for one place: the order has forked.
        Invariant.Holds(Decided is null || Decided == digest, "S1");
        (Decided, DecidedIn) = (digest, DecidedIn ?? view);
    }

    /// <summary>The digest that 2f prepares of others and the primary's offer agree on.</summary>
    public bool IsPrepared(SiteView view)
    {
        if (Offer is not { } offer)
        {
            return false;
        }

        var primary = view.Primary(size);
        var count = 0;
        for (var replica = 0; replica < size.Replicas; replica++)
        {
            count += replica != primary && Prepares[replica]?.Word is Prepare prepare && prepare.Digest == offer.Digest
                ? 1
                : 0;
        }

        return count >= size.PreparesOfOthers;
    }

    public PreparedCertificate Certificate(SiteView view)
    {
        var digest = Offer!.Digest;
        var prepares = Prepares
            .Where(said => said is not null && ((Prepare)said.Word).Digest == digest)
            .Take(size.PreparesOfOthers)
            .Select(said => new SignedBy(said!.Replica, said.Signature));
        return new(view, Sequence, digest, Proposal!.Signature, ValueList.From(prepares));
    }

    /// <summary>The digest for which a quorum has said commit in one view, or f + 1 peers say that it is
    /// committed: then in which view is not known.</summary>
    public (Digest Digest, SiteView? View)? DecidedByVotes()
    {
        foreach (var vote in Commits)
        {
            if (vote is { } one && CountOf(Commits, one) >= size.Quorum)
            {
                return (one.Digest, one.View);
            }
        }

        foreach (var told in Told)
        {
            if (told is { } one && CountOf(Told, one) >= size.OneCorrect)
            {
                return (one, null);
            }
        }

        return null;
    }

    private static int CountOf<T>(T?[] all, T one)
        where T : struct, IEquatable<T>
    {
        var count = 0;
        foreach (var other in all)
        {
            count += other is { } present && present.Equals(one) ? 1 : 0;
        }

        return count;
    }
}
