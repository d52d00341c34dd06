using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A bad share under its sender's signature, and the assignment that the share itself names: a share is signed
/// together with the digest of its assignment, so nobody can hold it against another one.</summary>
public sealed record ShareThatDoesNotFit(ThresholdShare Share, Bytes Signature, SigningGroup Assignment) : Evidence
{
    public override EvidenceKind Kind => EvidenceKind.BadShare;

    public override int Accused => Share.Place.Member;

    public override EvidencePlace Place => PlaceOf(Share.Place);

    public override IReadOnlyList<string> Statements =>
        [$"{Describe(Share)}, signature {Signature.ToHex()}", DescribeAssignment()];

    public static EvidencePlace PlaceOf(SharePlace place) =>
        new(((ulong)place.Attempt << 8) | place.Group, place.Sequence.Number);

    public static string Describe(ThresholdShare share)
    {
        ArgumentNullException.ThrowIfNull(share);
        var place = share.Place;
        return $"ThresholdShare key epoch {place.KeyEpoch}, place {place.Sequence.Number}, attempt {place.Attempt}, "
            + $"group {place.Group}, response {share.Response.ToHex()}, assignment {share.Assignment.ToHex()}";
    }

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Share.Write(writer);
        writer.Fixed(Signature.Span);
        Assignment.Write(writer);
    }

    public static ShareThatDoesNotFit? Read(int accused, ref WireReader reader)
    {
        var (share, signature) = (ThresholdShare.ReadFields(ref reader), reader.Fixed(Limits.SignatureBytes));
        var assignment = SigningGroup.Read(ref reader);
        return reader.Finished && share.Place.Member == accused ? new(share, signature, assignment) : null;
    }

    public override Rejection Refusal(
        Genesis genesis, SiteId site, IVerifier verifier, IShareVerifier shareVerifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        ArgumentNullException.ThrowIfNull(shareVerifier);
        if (!new SignedBy(Accused, Signature).IsSignatureOf(Share, genesis, site, verifier))
        {
            return Rejection.BadSignature;
        }

        var isNamed = Assignment.Name == Share.Assignment
            && Assignment.PlaceOf(Accused) == Share.Place
            && Assignment.TryFind(Accused, out _)
            && Assignment.Members.All(member => member.Replica < genesis[site].Size.Replicas);
        if (!isNamed)
        {
            return Rejection.UnknownAssignment;
        }

        var message = Assignment.Statement.SigningBytes(genesis.Cluster);
        var keys = genesis[site];
        return shareVerifier.IsBad(
            message, Assignment.Members, Accused, Share.Response, keys.PublicKey, keys.PublicShares)
            ? Rejection.None
            : Rejection.NotBad;
    }

    private string DescribeAssignment() =>
        $"assignment {Assignment.Name.ToHex()}: root {Assignment.Statement.Root.ToHex()}, members "
        + string.Join(' ', Assignment.Members.Select(member => member.Replica));
}
