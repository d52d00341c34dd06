using Holdfast.Cryptography;
using Holdfast.Node;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation;

/// <summary>All keys of a world and the genesis that names them; ideal or real, with the same interface.</summary>
public abstract class WorldKeys
{
    public abstract Genesis Genesis { get; }

    public abstract IVerifier Verifier { get; }

    public abstract IShareVerifier ShareVerifier { get; }

    /// <summary>What one replica verifies with: what one remembers to have verified may help the others, too, unless
    /// somebody counts.</summary>
    public virtual IVerifier VerifierOf(ReplicaId replica) => Verifier;

    public abstract IReplicaSigner SignerOf(ReplicaId replica);

    /// <summary>The share holder of one life of a replica's process.</summary>
    /// <param name="nonceUsed">Told of every nonce; null for a faulty replica.</param>
    public abstract IShareSigner SharesOf(
        ReplicaId replica, Dice dice, Action<NoncePoints, Bytes, ValueList<GroupMember>>? nonceUsed);

    public abstract IReplicaSigner ClientSigner(int client);

    /// <summary>The public half, by which the system knows the client.</summary>
    public Bytes ClientKey(int client) => Genesis.Clients[client].PublicKey;

    public static WorldKeys Create(WorldOptions options, Dice dice)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(dice);
        return options.HasRealKeys ? new RealKeys(options, dice) : new IdealKeys(options, dice);
    }

    protected static Genesis GenesisOf(
        WorldOptions options, Dice dice, IEnumerable<GenesisSite> sites, IEnumerable<Bytes> clients) => new(
        dice.Bytes(Genesis.RandomBytes),
        ValueList.From(sites),
        ValueList.From(Enumerable.Range(0, options.Sites).Select(site => new SiteId(site))),
        ValueList.From(clients.Select((key, client) => new GenesisClient(key, RolesOf(options, client)))),
        "registers",
        ApplicationVersion: 1);

    private static Roles RolesOf(WorldOptions options, int client) =>
        options.HasLostSite && client == ClientsOf(options) - 1
            ? Roles.Reader | Roles.Operator
            : Roles.Reader | Roles.Writer;

    /// <summary>The last one is for a client that is faulty, or for the operator, if the world has one.</summary>
    protected static int ClientsOf(WorldOptions options) => (options.Sites * options.ClientsPerSite) + 1;
}

/// <summary>Keys that cannot be forged and cost nothing.</summary>
internal sealed class IdealKeys : WorldKeys, IShareVerifier
{
    private readonly IdealSignatures _signatures;
    private readonly IdealSigner[][] _replicas;
    private readonly IdealSigner[] _clients;
    private readonly IdealShares[] _shares;

    public IdealKeys(WorldOptions options, Dice dice)
    {
        var size = new SiteSize(options.Faults);
        _signatures = new IdealSignatures(dice.Next());
        _replicas = [.. Enumerable.Range(0, options.Sites).Select(site => KeysOf(site, size))];
        _clients = [.. Enumerable.Range(0, ClientsOf(options)).Select(client => _signatures.KeyOf($"client {client}"))];
        var siteKeys = Enumerable.Range(0, options.Sites).Select(site => SiteKey(site)).ToArray();
        _shares = [.. siteKeys.Select(key => new IdealShares(_signatures, key, dice.Next(), size))];
        var sites = siteKeys.Select((key, site) => new GenesisSite(
            size, key, PublicShares(site, size), ValueList.From(_replicas[site].Select(signer => signer.PublicKey))));
        Genesis = GenesisOf(options, dice, sites, _clients.Select(signer => signer.PublicKey));
    }

    public override Genesis Genesis { get; }

    public override IVerifier Verifier => _signatures;

    public override IShareVerifier ShareVerifier => this;

    public override IReplicaSigner SignerOf(ReplicaId replica) => _replicas[replica.Site.Index][replica.Index];

    public override IShareSigner SharesOf(
        ReplicaId replica, Dice dice, Action<NoncePoints, Bytes, ValueList<GroupMember>>? nonceUsed) =>
        _shares[replica.Site.Index].HolderOf(replica.Index, dice, nonceUsed);

    public override IReplicaSigner ClientSigner(int client) => _clients[client];

    public bool IsBad(
        Bytes message,
        ValueList<GroupMember> members,
        int member,
        Digest response,
        Bytes groupKey,
        ValueList<Bytes> publicShares)
    {
        for (var site = 0; site < _shares.Length; site++)
        {
            if (Genesis.Sites[site].PublicKey == groupKey)
            {
                return !_shares[site].IsGood(member, message, members, response);
            }
        }

        return false;
    }

    public bool ArePoints(NoncePoints points) => IdealShares.ArePoints(points);

    private Bytes SiteKey(int site) => _signatures.KeyOf($"site {site}").PublicKey;

    private IdealSigner[] KeysOf(int site, SiteSize size) =>
        [.. Enumerable.Range(0, size.Replicas).Select(replica => _signatures.KeyOf($"replica {site}.{replica}"))];

    // With one replica the only share is the site's key.
    private ValueList<Bytes> PublicShares(int site, SiteSize size) => size.Replicas == 1
        ? [SiteKey(site)]
        : ValueList.From(Enumerable.Range(0, size.Replicas)
            .Select(replica => _signatures.KeyOf($"share {site}.{replica}").PublicKey));
}

/// <summary>Ed25519 and FROST as in production, with randomness from the dice.</summary>
internal sealed class RealKeys : WorldKeys
{
    private readonly SigningKey[][] _replicas;
    private readonly SigningKey[] _clients;
    private readonly SiteKeyDeal[] _deals;

    public RealKeys(WorldOptions options, Dice dice)
    {
        var size = new SiteSize(options.Faults);
        _replicas = [.. Enumerable.Range(0, options.Sites).Select(_ => Keys(size.Replicas, dice))];
        _clients = Keys(ClientsOf(options), dice);
        _deals = [.. Enumerable.Range(0, options.Sites)
            .Select(_ => Dealer.Deal(size.Replicas, size.OneCorrect, epoch: 1, dice.Fill))];
        var sites = _deals.Select((deal, site) => new GenesisSite(
            size,
            Bytes.Copy(deal.Site.Group.Span),
            ValueList.From(deal.Shares.Select(share => Bytes.Copy(share.PublicShare.Span))),
            ValueList.From(_replicas[site].Select(key => Bytes.Copy(key.PublicKey.Span)))));
        Genesis = GenesisOf(options, dice, sites, _clients.Select(key => Bytes.Copy(key.PublicKey.Span)));
    }

    public override Genesis Genesis { get; }

    public override IVerifier Verifier { get; } = new Ed25519Verifier();

    public override IShareVerifier ShareVerifier { get; } = new FrostShareVerifier();

    public override IReplicaSigner SignerOf(ReplicaId replica) =>
        new Ed25519Signer(_replicas[replica.Site.Index][replica.Index]);

    public override IShareSigner SharesOf(
        ReplicaId replica, Dice dice, Action<NoncePoints, Bytes, ValueList<GroupMember>>? nonceUsed)
    {
        var signer = new FrostShareSigner(_deals[replica.Site.Index].Shares[replica.Index], dice.Fill);
        return nonceUsed is null ? signer : new WatchedShareSigner(signer, nonceUsed);
    }

    public override IReplicaSigner ClientSigner(int client) => new Ed25519Signer(_clients[client]);

    private static SigningKey[] Keys(int count, Dice dice) =>
        [.. Enumerable.Range(0, count).Select(_ => SigningKey.Generate(dice.Fill))];
}

/// <summary>Tells the judge of nonces that were used.</summary>
internal sealed class WatchedShareSigner(
    IShareSigner signer, Action<NoncePoints, Bytes, ValueList<GroupMember>> nonceUsed) : IShareSigner
{
    public Input? MakeNonces(Effect.MakeNonces wish) => signer.MakeNonces(wish);

    public Input SignShare(Effect.SignShare wish)
    {
        var answer = signer.SignShare(wish);
        if (answer is Input.ShareMade && wish.Members.Count > 1)
        {
            var own = wish.Members.First(member => member.Replica == wish.Place.Member);
            nonceUsed(own.Points, wish.Message, wish.Members);
        }

        return answer;
    }

    public Input.Combined Combine(Effect.Combine wish) => signer.Combine(wish);
}
