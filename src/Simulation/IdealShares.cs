using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation;

/// <summary>
/// A site's shared key with the rules of FROST and none of its arithmetic: every member of the group must give its
/// share, a bad one shows, and nonces are taken once.
/// </summary>
public sealed class IdealShares(IdealSignatures signatures, Bytes sitePublicKey, ulong secret, SiteSize size)
{
    private readonly SiteSize _size = size;

    /// <summary>The share holder of one replica in one life of its process: nonces die with it.</summary>
    /// <param name="nonceUsed">Told before a share is computed: the own points, the message and the members.</param>
    public IShareSigner HolderOf(
        int replica, Dice dice, Action<NoncePoints, Bytes, ValueList<GroupMember>>? nonceUsed) =>
        new Holder(this, replica, dice, nonceUsed);

    public bool IsGood(int replica, Bytes message, ValueList<GroupMember> members, Digest response) =>
        response == ResponseOf(replica, message, members);

    /// <summary>What is all zero is no point, here as on the curve.</summary>
    public static bool ArePoints(NoncePoints points) => points.Hiding != default && points.Binding != default;

    private Digest CommitmentOf(Bytes message, ValueList<GroupMember> members) =>
        Compute(message, members, ulong.MaxValue);

    private Digest ResponseOf(int replica, Bytes message, ValueList<GroupMember> members) =>
        Compute(message, members, (ulong)replica);

    private Digest Compute(Bytes message, ValueList<GroupMember> members, ulong who)
    {
        var start = Mix.Of(secret, who);
        Span<byte> point = stackalloc byte[Digest.Size];
        foreach (var member in members)
        {
            start = Mix.Of(start, (ulong)member.Replica);
            member.Points.Hiding.CopyTo(point);
            start = Mix.Of(start, point);
            member.Points.Binding.CopyTo(point);
            start = Mix.Of(start, point);
        }

        Mix.Fill(point, start, message.Span);
        return new Digest(point);
    }

    private Input.Combined Combine(Effect.Combine wish)
    {
        var good = wish.Shares.Where(share =>
            IsGood(share.Replica, wish.Message, wish.Members, share.Response));
        var goodMembers = new SortedSet<int>(good.Select(share => share.Replica));
        var isWhole = wish.Members.Count >= _size.OneCorrect
            && wish.Members.All(member => goodMembers.Contains(member.Replica));
        if (isWhole || (_size.OneCorrect == 1 && goodMembers.Count > 0))
        {
            Span<byte> first = stackalloc byte[Digest.Size];
            CommitmentOf(wish.Message, wish.Members).CopyTo(first);
            return new Input.Combined(wish.Place, signatures.Sign(sitePublicKey, wish.Message.Span, first), []);
        }

        var bad = wish.Shares.Select(share => share.Replica).Where(replica => !goodMembers.Contains(replica)).Order();
        return new Input.Combined(wish.Place, Bytes.Empty, ValueList.From(bad.Select(replica => (byte)replica)));
    }

    /// <summary>One replica's share and its nonces.</summary>
    private sealed class Holder(
        IdealShares site, int replica, Dice dice, Action<NoncePoints, Bytes, ValueList<GroupMember>>? nonceUsed)
        : IShareSigner
    {
        private readonly Dictionary<(uint Incarnation, uint Row, int Index), NoncePoints> _nonces = [];
        private readonly SortedSet<(uint Incarnation, uint Row)> _made = [];

        public Input? MakeNonces(Effect.MakeNonces wish)
        {
            var isLower = _made.Count > 0 && (wish.Incarnation, wish.Row).CompareTo(_made.Max) <= 0;
            if (isLower)
            {
                return null;
            }

            _made.Add((wish.Incarnation, wish.Row));
            foreach (var old in _nonces.Keys.Where(key => key.Incarnation < wish.Incarnation).ToArray())
            {
                _nonces.Remove(old);
            }

            var points = new NoncePoints[Limits.CommitmentsPerRow];
            for (var index = 0; index < points.Length; index++)
            {
                points[index] = new(Point(), Point());
                _nonces[(wish.Incarnation, wish.Row, index)] = points[index];
            }

            return new Input.NoncesMade(wish.KeyEpoch, wish.Incarnation, wish.Row, new(points));
        }

        public Input SignShare(Effect.SignShare wish)
        {
            if (site._size.OneCorrect == 1)
            {
                return Made(wish);
            }

            var own = wish.Members.FirstOrDefault(member => member.Replica == replica);
            var isThere = _nonces.Remove((own.Incarnation, own.Row, own.Index), out var points);
            if (!isThere || points != own.Points || wish.Place.Member != replica)
            {
                return new Input.ShareUnavailable(wish.Place);
            }

            foreach (var member in wish.Members.Where(member => !ArePoints(member.Points)))
            {
                return new Input.ShareUnavailable(wish.Place, member.Replica);
            }

            nonceUsed?.Invoke(points, wish.Message, wish.Members);
            return Made(wish);
        }

        public Input.Combined Combine(Effect.Combine wish) => site.Combine(wish);

        private Input.ShareMade Made(Effect.SignShare wish) => new(
            wish.Place,
            site.ResponseOf(replica, wish.Message, wish.Members),
            site.CommitmentOf(wish.Message, wish.Members));

        private Digest Point()
        {
            Span<byte> bytes = stackalloc byte[Digest.Size];
            Mix.Fill(bytes, dice.Next(), default);
            return new Digest(bytes);
        }
    }
}
