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

    public SiteStatement Statement => statement;

    public Bytes Message => message;

    public Bytes Signature { get; set; }

    public CombinerDuty Duty { get; set; }

    /// <summary>The group that is being added up.</summary>
    public SharePlace? Combining { get; set; }

    public Instant StartedAt { get; private set; }

    /// <summary>When the first share of another replica for the newest attempt was here.</summary>
    public Instant? FirstHeardAt { get; private set; }

    public Instant AskAt { get; set; }

    public Instant RetryAt { get; set; }

    public int Repeats { get; set; }

    public uint Attempt { get; private set; }

    /// <summary>False if the group is known already.</summary>
    public bool TryAdd(SigningGroup group, Instant now)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (Find(group.Attempt, group.Group) is not null)
        {
            return false;
        }

        if (_groups.Count == 0 || group.Attempt > Attempt)
        {
            (Attempt, StartedAt, FirstHeardAt, Repeats) = (group.Attempt, now, null, 0);
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
        FirstHeardAt = place.Attempt == Attempt && place.Member != self ? FirstHeardAt ?? now : FirstHeardAt;
        return Rejection.None;
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
        .Order());

    /// <summary>The stored bytes of the own shares of the newest attempt: a resend repeats them.</summary>
    public IEnumerable<Said> SharesFrom(int replica) => _shares
        .Where(share => share.Key.Attempt == Attempt && share.Key.Member == replica)
        .Select(share => share.Value);
}
