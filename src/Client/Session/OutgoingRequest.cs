using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>A signed request that is out: its bytes never change, so that it is executed once however often and
/// wherever it is sent. It holds what was answered and when something is to be done next.</summary>
/// <param name="digest">Names the request in replies.</param>
/// <param name="operations">The application's; empty for the request that opens a session.</param>
/// <param name="numbers">The session that its numbers are of; null for queries and for opening.</param>
internal sealed class OutgoingRequest(
    ClientRequest request, Digest digest, PendingOperation[] operations, SessionNumbers? numbers)
{
    private readonly SortedDictionary<SiteId, ReplyVotes> _votes = [];
    private readonly bool[] _isDone = new bool[operations.Length];

    public ClientRequest Request => request;

    public Digest Digest => digest;

    public PendingOperation[] Operations => operations;

    public SessionNumbers? Numbers => numbers;

    /// <summary>The application has the outcome of every operation.</summary>
    public bool IsOver => operations.All(operation => operation.IsFinished);

    /// <summary>Lets the session's floor follow behind what is finished.</summary>
    public void NoteDone()
    {
        for (var index = 0; index < operations.Length; index++)
        {
            if (operations[index].IsFinished && !_isDone[index])
            {
                _isDone[index] = true;
                numbers?.Done(request.FirstNumber + (ulong)index);
            }
        }
    }

    /// <summary>Where it was sent last; null if nobody was connected.</summary>
    public SiteId? Site { get; set; }

    /// <summary>The primary that it was sent to alone at first; null if what comes of it says nothing of that one: sent to
    /// all, again, or refused because of what else is under way.</summary>
    public ReplicaId? AskedAlone { get; set; }

    /// <summary>That primary did not take it: all were asked then; never while none was.</summary>
    public Instant ToAllSince { get; set; } = Instant.Never;

    /// <summary>Where in the preference the next try begins.</summary>
    public int NextTurn { get; set; }

    public int Tries { get; set; }

    /// <summary>How often a site said that it does not take it.</summary>
    public int Refusals { get; set; }

    /// <summary>How often it was refused for want of room, by a site or by its primary alone.</summary>
    public int RoomRefusals { get; set; }

    /// <summary>Since it was sent last. What is said again, because a connection came back, puts the next try off no
    /// further.</summary>
    public bool IsRefused { get; set; }

    /// <summary>An update for which there was no room may be sent again then, if the window has a place for it; never for
    /// any other.</summary>
    public Instant WantsRoomFrom { get; set; } = Instant.Never;

    public bool WantsRoom => WantsRoomFrom != Instant.Never;

    /// <summary>The window has a place for it.</summary>
    public bool HasPlace { get; set; }

    public Instant AgainAt => HasPlace ? WantsRoomFrom : Instant.Never;

    /// <summary>Sites that said, for a reason that is theirs, that they cannot do it.</summary>
    public SortedSet<SiteId> SitesThatCannot { get; } = [];

    /// <summary>A query that a site did not take: it is known there, and would not be looked at again under this
    /// number.</summary>
    public bool IsSpent { get; set; }

    public Instant FirstSentAt { get; set; } = Instant.Never;

    /// <summary>When the last try began.</summary>
    public Instant SentAt { get; set; } = Instant.Never;

    /// <summary>The site that gave the last outcome; null before.</summary>
    public SiteId? AnsweredBy { get; set; }

    /// <summary>When to ask those for a reply that give it only when asked, and how long to wait for the next
    /// time.</summary>
    public Instant AskOthersAt { get; set; } = Instant.Never;

    public TimeSpan AskDelay { get; set; }

    /// <summary>Of how many replicas of the site replies came since the request was sent last.</summary>
    public int RepliesHeard { get; set; }

    public Instant ToAllAt { get; set; } = Instant.Never;

    public Instant MoveAt { get; set; } = Instant.Never;

    /// <summary>Nobody answered in time, and it was its turn to be sent again (<see cref="RetryPace"/>).</summary>
    public bool IsTriedAgain { get; set; }

    /// <summary>Nobody answered in time, and it is not its turn yet.</summary>
    public bool IsHeldBack { get; set; }

    public Instant NextWake => new(Math.Min(
        Math.Min(AskOthersAt.Microseconds, AgainAt.Microseconds), IsHeldBack ? long.MaxValue : SilentUntil.Microseconds));

    private Instant SilentUntil => Instant.Earlier(ToAllAt, MoveAt);

    /// <summary>Nobody has said anything of it for as long as that is waited for.</summary>
    public bool IsLate(Instant now) => Site is not null && !WantsRoom && !IsRefused && now >= SilentUntil;

    public bool HasReplied(ReplicaId replica) =>
        _votes.TryGetValue(replica.Site, out var votes) && votes.Has(replica.Index);

    public int Replies(SiteId site) => _votes.TryGetValue(site, out var votes) ? votes.Count : 0;

    /// <summary>Counts a replica's reply if it is one to this very request.</summary>
    public bool TryTake(ReplicaId replica, SiteSize size, Reply reply)
    {
        if (!IsAnswered(reply.Body))
        {
            return false;
        }

        if (!_votes.TryGetValue(replica.Site, out var votes))
        {
            _votes[replica.Site] = votes = new ReplyVotes(size);
        }

        votes.Add(replica.Index, reply);
        return true;
    }

    /// <summary>What the site says of this operation; null if it cannot be believed yet.</summary>
    public OperationResult? Told(SiteId site, int operation) =>
        _votes.TryGetValue(site, out var votes) ? votes.Told(operation) : null;

    /// <summary>How old at most the state is from which the site says this.</summary>
    public TimeSpan AgeOf(SiteId site, int operation, OperationResult told) => _votes[site].AgeOf(operation, told);

    /// <summary>What the site said led to another try: it counts no more.</summary>
    public void Forget(SiteId site)
    {
        if (_votes.TryGetValue(site, out var votes))
        {
            votes.Clear();
        }
    }

    /// <summary>Whether a reply speaks of this request and of all its operations, and says what may be said of
    /// them.</summary>
    public bool IsAnswered(ClientReply reply)
    {
        // Where a session is opened, its name is not known before.
        var sameSession = reply.Session == request.Session || request.Operations[0].Kind == OperationKind.OpenSession;
        if (reply.Request != digest || reply.Client != request.Client || reply.Level != request.Level || !sameSession
            || reply.Results.Count != request.Operations.Count)
        {
            return false;
        }

        for (var index = 0; index < reply.Results.Count; index++)
        {
            var result = reply.Results[index];
            if (result.Number != request.FirstNumber + (ulong)index || !MayBeSaid(result.Outcome))
            {
                return false;
            }
        }

        return true;
    }

    private bool MayBeSaid(Outcome outcome) => request.Level == RequestLevel.Update
        ? outcome is Outcome.Committed or Outcome.Rejected or Outcome.Unknown or Outcome.NotTaken
        : outcome is Outcome.Answered or Outcome.Behind or Outcome.Rejected or Outcome.NotTaken;
}
