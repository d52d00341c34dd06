using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>How the inputs that wait to be ordered take turns: whose each is, in which order those of one source are
/// wanted, and how long each may wait for one that opens a batch.</summary>
internal sealed class InputPrecedence(Genesis genesis, SiteId self, Links links, GlobalOrdering ordering)
{
    // What opens no batch by itself waits so long for one that something else opens.
    private static readonly TimeSpan RidingDelay = TimeSpan.FromMilliseconds(20);

    public static InputSource Source(SiteInput input) => input switch
    {
        ClientRequest request => new(InputSourceKind.Client, request.Client),
        SiteMessage message => new(InputSourceKind.Link, new([(byte)message.From.Index])),
        NonceCommitments row => new(InputSourceKind.Row, new([(byte)row.Replica])),
        AttestationRetry retry => OfReplica(retry, retry.Replica),
        ReplicaReturns returns => OfReplica(returns, returns.Replica),
        BadShare bad => OfReplica(bad, bad.Share.Place.Member),
        _ => new(InputSourceKind.Other, Bytes.Empty),
    };

    // Whoever signs it can make countless ones of it, which then crowd out nothing but each other.
    private static InputSource OfReplica(SiteInput input, int signer) =>
        new(InputSourceKind.Other, new([(byte)signer, (byte)input.Kind]));

    // A place far beyond all that there can be must not have the rank of one that there is.
    private static ulong OfAttempt(SiteSequence batch, uint attempt) =>
        batch.Number < ulong.MaxValue / Limits.AttemptsPerBatch
            ? (batch.Number * Limits.AttemptsPerBatch) + Math.Min(attempt, Limits.AttemptsPerBatch - 1)
            : ulong.MaxValue;

    public static ulong Rank(SiteInput input) => input switch
    {
        ClientRequest request => request.FirstNumber,
        SiteMessage message => Links.Rank(message),
        NonceCommitments row => ((ulong)row.Incarnation << 32) | row.Row,
        AttestationRetry retry => OfAttempt(retry.Sequence, retry.Attempt),
        BadShare { Share.Place: var place } => OfAttempt(place.Sequence, place.Attempt),
        ReplicaReturns returns => returns.Life,
        _ => 0,
    };

    public TimeSpan RidesFor(SiteInput input) => input switch
    {
        SiteMessage message => message.Outputs.Min(output => SiteStatus.FromLeaf(output.Leaf) is { } status
            ? RidesFor(message.From, status.Front)
            : TimeSpan.Zero),
        NonceCommitments => RidingDelay,
        _ => TimeSpan.Zero,
    };

    private TimeSpan RidesFor(SiteId from, StatusFront front)
    {
        var isUrgent = from.Index >= genesis.Sites.Count || from == self || links[from].PeerFront is not { } known
            || front.Ordering.View != known.Ordering.View
            || front.Ordering.InstalledView != known.Ordering.InstalledView
            || front.Ordering.Wanted != known.Ordering.Wanted
            || front.ReadNumber != known.ReadNumber
            || front.EchoedRead != known.EchoedRead
            || (front.Ordering.Accepted != known.Ordering.Accepted && front.Ordering.Accepted > ordering.Committed);
        if (isUrgent)
        {
            return TimeSpan.Zero;
        }

        // An accept of what is committed here already changes nothing. It came at once where an acknowledgement would
        // have waited, and may wait here for as long instead: most often for the next proposal.
        return front.Ordering.Accepted != links[from].PeerFront!.Ordering.Accepted
            ? links[from].AcknowledgeDelay
            : RidingDelay;
    }
}
