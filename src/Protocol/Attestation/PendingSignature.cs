using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What one replica holds of the signature of one batch: the shares that came, and when to do what about the
/// ones that did not. Volatile.</summary>
public sealed class PendingSignature(int self, SiteStatement statement, Bytes message)
{
    private readonly List<SigningGroup> _groups = [];
    private readonly SortedDictionary<(uint Attempt, byte Group, byte Member), Said> _shares = [];
    private readonly SortedSet<(uint Attempt, byte Group, byte Member)> _spoiled = [];
    private readonly List<(uint Attempt, byte Group)> _hopeless = [];

    // When each attempt was assigned, and when the first share of another replica for it was here.
    private readonly SortedDictionary<uint, (Instant StartedAt, Instant? FirstHeardAt)> _times = [];

    public SiteStatement Statement => statement;

    public Bytes Message => message;

    public Bytes Signature { get; set; }

    public CombinerDuty Duty { get; set; }

    /// <summary>The group that is being added up.</summary>
    public SharePlace? Combining { get; set; }

    /// <summary>When the newest attempt was assigned.</summary>
    public Instant StartedAt => _times[Attempt].StartedAt;

    public Instant AskAt { get; set; }

    public Instant RetryAt { get; set; }

    /// <summary>How often patience has doubled. The second attempt asks a clean group where that is known to be
    /// possible: who comes to a third one is not held up by liars, but slow.</summary>
    public int Repeats { get; set; }

    public uint Attempt { get; private set; }

    /// <summary>False before its first group is known.</summary>
    public bool IsBegun => _groups.Count > 0;

    /// <summary>This replica has said who is silent in the newest attempt.</summary>
    public bool HasRetried { get; set; }

    /// <summary>False if the group is known already.</summary>
    public bool TryAdd(SigningGroup group, Instant now)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (Find(group.Attempt, group.Group) is not null)
        {
            return false;
        }

        if (_times.TryAdd(group.Attempt, (now, null)) && group.Attempt >= Attempt)
        {
            (Attempt, HasRetried) = (group.Attempt, false);
            Repeats = (int)Math.Max(1, group.Attempt) - 1;
        }

        _groups.Add(group);
        Judge();
        return true;
    }

    public SigningGroup? Find(uint attempt, byte group) =>
        _groups.Find(one => one.Attempt == attempt && one.Group == group);

    /// <summary>None if the share is kept.</summary>
    public Rejection Keep(Said said, SharePlace place, Instant now)
    {
        if (Find(place.Attempt, place.Group) is not { } group)
        {
            return Rejection.UnknownAssignment;
        }

        if (!group.TryFind(place.Member, out _))
        {
            return Rejection.NotAMember;
        }

        // A share for anything else is none: its sender counts as silent, and who sends a bad one has named what for.
        if (((ThresholdShare)said.Word).Assignment != group.Name)
        {
            return Rejection.UnknownAssignment;
        }

        var key = (place.Attempt, place.Group, place.Member);
        if (_spoiled.Contains(key) || !_shares.TryAdd(key, said))
        {
            return Rejection.AlreadyKnown;
        }

        Judge();
        if (place.Member != self)
        {
            var (startedAt, firstHeardAt) = _times[place.Attempt];
            _times[place.Attempt] = (startedAt, firstHeardAt ?? now);
        }

        return Rejection.None;
    }

    /// <summary>How long the signature took, and the first share of another replica, in the attempt that gave it. A
    /// signature that another has added up does not say which that was: then in the first one that was heard of. Counted
    /// from the newest attempt, a signature would always take less than the patience that it outlasted, and a slow site
    /// would never come to wait for it.</summary>
    public (TimeSpan Taken, TimeSpan First) TimesAt(Instant now, uint? attempt)
    {
        var heard = _times.Where(time => time.Value.FirstHeardAt is not null).Select(time => (uint?)time.Key);
        var (startedAt, firstHeardAt) = _times[attempt ?? Complete?.Attempt ?? heard.FirstOrDefault() ?? Attempt];
        return (now - startedAt, (firstHeardAt ?? now) - startedAt);
    }

    /// <summary>A share that does not fit goes, and its member counts as silent. No other is taken in its place: a
    /// member has one share to give, and each that is tried costs the combiner more than it costs the liar. Null if it
    /// is not there.</summary>
    public Said? Spoil(uint attempt, byte group, byte member)
    {
        _spoiled.Add((attempt, group, member));
        var isHere = _shares.Remove((attempt, group, member), out var said);
        Judge();
        return isHere ? said : null;
    }

    public void GiveUp(uint attempt, byte group)
    {
        _hopeless.Add((attempt, group));
        Judge();
    }

    /// <summary>A group all of whose shares are here, the newest first; null if there is none.</summary>
    public SigningGroup? Complete { get; private set; }

    // Asked at every step, and changed by few of them.
    private void Judge() => Complete = _groups.FindLast(group =>
        !_hopeless.Contains((group.Attempt, group.Group))
        && group.Members.All(member => _shares.ContainsKey((group.Attempt, group.Group, (byte)member.Replica))));

    public ValueList<GivenShare> SharesOf(SigningGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return ValueList.From(group.Members.Select(member =>
        {
            var share = (ThresholdShare)_shares[(group.Attempt, group.Group, (byte)member.Replica)].Word;
            return new GivenShare(member.Replica, share.Response, share.GroupCommitment);
        }));
    }

    /// <summary>Members of the newest attempt whose share has not come, ascending.</summary>
    public ValueList<byte> Silent() => ValueList.From(_groups
        .Where(group => group.Attempt == Attempt)
        .SelectMany(group => group.Members
            .Select(member => (byte)member.Replica)
            .Where(member => !_shares.ContainsKey((group.Attempt, group.Group, member))))
        .Distinct()
        .Order());

    /// <summary>The stored bytes of the own shares of the newest attempt: a resend repeats them.</summary>
    public IEnumerable<Said> SharesFrom(int replica) => _shares
        .Where(share => share.Key.Attempt == Attempt && share.Key.Member == replica)
        .Select(share => share.Value);
}
