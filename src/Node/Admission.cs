using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>What a replica makes of a request at its door.</summary>
/// <param name="Reason">None if it is let in.</param>
/// <param name="RestFor">So long nothing more is taken from this client.</param>
/// <param name="IsTold">Whether the client is told that it is refused: not of what is under way and will be answered, and
/// not when it floods, for it does not listen.</param>
public readonly record struct Admitted(Rejection Reason, TimeSpan RestFor, bool IsTold);

/// <summary>
/// The requests of clients that are under way here, and whether one more is let in: looked at before any signature is,
/// so that what is too much costs next to nothing.
/// <para>As many may be under way as the system has shown to carry without slowing down: the room grows while
/// requests take the usual time, and shrinks while they take longer (as congestion windows do; Brakmo and Peterson
/// 1995). In it, who has something under way may have more only while at least as much stays free
/// (<see cref="ClientShares"/>). One that is known by a request settled not long ago, and was not refused since, may have
/// two in any case, so that many who come at once do not shut it out; and one that has waited may have one. Who is alone
/// has nobody to leave room for.</para>
/// <para>A good client that is refused sends less. Who goes on as if it had heard nothing floods: for a while it is not
/// listened to at all, and for longer if it goes on then; nothing of it is let in for a second after that.</para>
/// Any thread may use it.
/// </summary>
public sealed class Admission
{
    /// <summary>Under way at most, of all clients together.</summary>
    public const int UnderWayMax = 4096;

    /// <summary>The room is never smaller.</summary>
    public const int RoomMin = 4;

    /// <summary>Clients of which something is remembered, beside those that have something under way.</summary>
    public const int ClientsKept = 1024;

    /// <summary>Who was refused has heard of it after so long.</summary>
    public static readonly TimeSpan HeardAfter = TimeSpan.FromMilliseconds(300);

    /// <summary>From then on, who is refused with more new requests than this within <see cref="QuietFor"/>
    /// floods; and with more than the site does of it in that time. A good client that has hundreds under way comes with many of them
    /// to replicas that have not let them in, whenever the primary is slow or another one.</summary>
    public const int RefusedMax = 12;
    public static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(1);

    /// <summary>And who has flooded floods again if more came than this for each second in which nobody listened: a good
    /// client goes on with what others let in.</summary>
    public const int RefusedPerSecond = 4;

    /// <summary>Who is refused so often within <see cref="QuietFor"/>, with whatever, floods too; or twice as often as the site
    /// does of it in that time, if that is more.</summary>
    public const int RefusedAnyMax = 128;

    /// <summary>What was refused and comes again is no new request: of each client so many are remembered. A good one
    /// waits at least so long.</summary>
    public const int RefusedKept = 256;
    public static readonly TimeSpan TriesAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>So long who floods is not listened to, at first and from the second time on.</summary>
    public static readonly TimeSpan RestMin = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan RestMax = TimeSpan.FromSeconds(8);

    /// <summary>What takes six times as long as the shortest, and so much more, is slow.</summary>
    public static readonly TimeSpan SlowBeyond = TimeSpan.FromMilliseconds(100);

    /// <summary>The same request again is let in after so long; a good client is slower.</summary>
    public static readonly TimeSpan RepeatsAfter = TimeSpan.FromMilliseconds(50);

    /// <summary>A client is alone if no other one had a request let in for so long.</summary>
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(1);

    /// <summary>Who had a request settled within this time is no newcomer.</summary>
    private static readonly TimeSpan Regular = TimeSpan.FromSeconds(10);

    /// <summary>What is not settled by then is not counted any more: it may never be, at a site that is cut off.</summary>
    public static readonly TimeSpan GivenUpAfter = TimeSpan.FromSeconds(10);

    /// <summary>Who has so many under way may be one whose last request is settled elsewhere and not yet here.</summary>
    private const int ForRegulars = 2;

    private const int LatenciesKept = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, UnderWay> _underWay = [];
    private readonly LinkedList<UnderWay> _oldestFirst = new();
    private readonly Dictionary<Bytes, ClientStanding> _clients = [];
    private readonly AdmissionRoom _room = new();
    private readonly double[] _latencies = new double[LatenciesKept];
    private (ClientStanding? Client, Instant At) _latest = (null, ClientStanding.LongAgo);
    private Instant _anotherAt = ClientStanding.LongAgo;
    private long _settled;

    /// <summary>Requests whose outcome came to be known here.</summary>
    public long Settled
    {
        get
        {
            lock (_gate)
            {
                return _settled;
            }
        }
    }

    /// <summary>From the door to the outcome, of the last requests; null before the first.</summary>
    public TimeSpan? MedianLatency
    {
        get
        {
            lock (_gate)
            {
                var known = (int)Math.Min(_settled, LatenciesKept);
                return known == 0
                    ? null
                    : TimeSpan.FromMilliseconds(_latencies.Take(known).Order().ElementAt(known / 2));
            }
        }
    }

    /// <summary>How many may be under way while clients compete.</summary>
    public int Room
    {
        get
        {
            lock (_gate)
            {
                return _room.Size;
            }
        }
    }

    /// <summary>Of whom something is remembered.</summary>
    public int Clients
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count;
            }
        }
    }

    /// <summary>Under way.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _underWay.Count;
            }
        }
    }

    /// <summary>Whether a request is let in; it counts until it is settled.</summary>
    /// <param name="request">Of the client whose connection it came by.</param>
    /// <param name="digest">Its name in replies.</param>
    /// <param name="isAtPrimary">Where good clients send: elsewhere nobody is alone, however few come.</param>
    public Admitted Admit(ClientRequest request, Digest digest, bool isAtPrimary, Instant now)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_gate)
        {
            GiveUp(now);
            var standing = StandingOf(request.Client, now);
            if (_underWay.TryGetValue(digest, out var known))
            {
                // Under another signature it is not what was let in, and nobody has looked at that signature.
                return known.Signature == request.Signature && known.LetInAt + RepeatsAfter <= now
                    ? LetInAgain(known, now)
                    : Refuse(standing, Rejection.AlreadyKnown, digest, now);
            }

            if (_underWay.Count >= UnderWayMax)
            {
                return Refuse(standing, Rejection.Overloaded, digest, now);
            }

            if (standing.IsFlooding(now) || !MayHaveMore(standing, request, digest, isAtPrimary, now))
            {
                return Refuse(standing, Rejection.ShareUsedUp, digest, now);
            }

            if (_latest.Client != standing)
            {
                _anotherAt = _latest.At;
            }

            _latest = (standing, now);
            standing.UnderWay++;
            _room.Entered(_underWay.Count + 1);
            var entry = new UnderWay(digest, standing, request.Signature, request.Level == RequestLevel.Update, now);
            _underWay.Add(digest, entry);
            _oldestFirst.AddLast(entry.Place);
            return default;
        }
    }

    /// <summary>So long nothing more is taken from a client; zero from one that may come.</summary>
    public TimeSpan RestOf(Bytes client, Instant now)
    {
        lock (_gate)
        {
            return _clients.TryGetValue(client, out var standing) ? standing.RestFor(now) : TimeSpan.Zero;
        }
    }

    /// <summary>Its outcome is known here, whoever tells the client. How long that took tells of the system only where an
    /// update was ordered and taken: what is known already, refused or read is quick, or waits for something else.</summary>
    public void Settle(ClientReply reply, bool wasOrdered, Instant now)
    {
        ArgumentNullException.ThrowIfNull(reply);
        lock (_gate)
        {
            var isCarried = wasOrdered && reply.Results.Any(result => result.Outcome != Outcome.NotTaken);
            if (wasOrdered && reply.Results.Any(result => result.Outcome is Outcome.Committed or Outcome.Rejected))
            {
                StandingOf(reply.Client, now).Settled(now);
            }

            if (!_underWay.TryGetValue(reply.Request, out var known))
            {
                return;
            }

            Remove(known);
            if (!isCarried)
            {
                return;
            }

            known.Client.SettledAt = now;
            var latency = now - known.Since;
            _latencies[_settled++ % LatenciesKept] = latency.TotalMilliseconds;
            if (known.IsUpdate)
            {
                _room.Settled(latency, _underWay.Count, now);
            }
        }
    }

    /// <summary>It was let in, and refused behind the door: as if it had been refused there.</summary>
    public void TurnAway(ClientRequest request, Digest digest, Instant now)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_gate)
        {
            if (_underWay.TryGetValue(digest, out var known) && known.Signature == request.Signature)
            {
                Remove(known);
                known.Client.Refuse(digest, now);
            }
        }
    }

    private static Admitted Refuse(ClientStanding standing, Rejection reason, Digest request, Instant now)
    {
        var rest = standing.Refuse(request, now);
        return new(reason, rest, IsTold: reason != Rejection.AlreadyKnown && !standing.IsFlooding(now));
    }

    private static Admitted LetInAgain(UnderWay known, Instant now)
    {
        known.LetInAt = now;
        return default;
    }

    private bool MayHaveMore(
        ClientStanding standing, ClientRequest request, Digest digest, bool isAtPrimary, Instant now)
    {
        // It has waited, and comes with the same again: nobody is refused for ever because others are many. A query comes
        // under another number.
        var isQuery = request.Level != RequestLevel.Update;
        if (standing.UnderWay == 0 && (standing.HasWaitedFor(digest, now) || (isQuery && standing.HasWaited(now))))
        {
            return true;
        }

        var isRegular = now - standing.SettledAt < Regular && now - standing.RefusedAt > QuietFor;
        if (standing.UnderWay < (isRegular ? ForRegulars : 1) && (isRegular || _underWay.Count < _room.Size))
        {
            return true;
        }

        var anotherAt = _latest.Client == standing ? _anotherAt : _latest.At;
        var isAlone = isAtPrimary && _underWay.Count == standing.UnderWay && now - anotherAt > Alone;
        return standing.UnderWay <= (isAlone ? UnderWayMax : _room.Size) - _underWay.Count - 1;
    }

    /// <summary>What is under way for too long is not counted any more.</summary>
    private void GiveUp(Instant now)
    {
        while (_oldestFirst.First is { Value: var oldest })
        {
            var age = now - oldest.Since;
            if (age <= GivenUpAfter)
            {
                if (oldest.IsUpdate)
                {
                    _room.StandsStill(age, _underWay.Count, now);
                }

                return;
            }

            Remove(oldest);
        }
    }

    private void Remove(UnderWay known)
    {
        _underWay.Remove(known.Request);
        _oldestFirst.Remove(known.Place);
        known.Client.UnderWay--;
    }

    private ClientStanding StandingOf(Bytes client, Instant now)
    {
        if (!_clients.TryGetValue(client, out var standing))
        {
            if (_clients.Count >= ClientsKept)
            {
                ForgetGoodOnes(now);
            }

            _clients.Add(client, standing = new());
        }

        return standing;
    }

    private void ForgetGoodOnes(Instant now)
    {
        foreach (var (client, standing) in _clients)
        {
            if (standing.UnderWay == 0 && !standing.IsFlooding(now))
            {
                // Removal while enumerating is allowed.
                _clients.Remove(client);
            }
        }
    }

    private sealed class UnderWay
    {
        public UnderWay(Digest request, ClientStanding client, Bytes signature, bool isUpdate, Instant since)
        {
            (Request, Client, Signature, IsUpdate) = (request, client, signature, isUpdate);
            (Since, LetInAt) = (since, since);
            Place = new(this);
        }

        public Digest Request { get; }

        public ClientStanding Client { get; }

        public Bytes Signature { get; }

        public bool IsUpdate { get; }

        /// <summary>When it came first.</summary>
        public Instant Since { get; }

        public Instant LetInAt { get; set; }

        /// <summary>Among all that are under way, the oldest first.</summary>
        public LinkedListNode<UnderWay> Place { get; }
    }
}
