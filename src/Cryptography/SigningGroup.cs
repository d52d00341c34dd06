using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Cryptography;

/// <summary>
/// The members of one signature with their commitments, and all that follows from them, the group's key and the
/// message: binding factors, R, Lagrange coefficients (RFC 9591, sections 4.2 to 4.6). Public values only.
/// </summary>
internal sealed class SigningGroup
{
    private const int EncodedMemberLength = Curve.ScalarLength + Commitment.Length;
    private const int CommonLength = Curve.PointLength + (2 * FrostHash.DigestLength);

    private readonly SitePublicKey _site;
    private readonly Commitment[] _members;
    private readonly int[] _identifiers;
    private readonly byte[] _common = new byte[CommonLength];

    private SigningGroup(SitePublicKey site, Commitment[] members, ReadOnlySpan<byte> message)
    {
        _site = site;
        _members = members;
        _identifiers = [.. members.Select(member => member.Identifier)];
        BindTo(message);
    }

    /// <summary>Takes the members in any order; all that is hashed goes by ascending identifier.</summary>
    public static FrostResult TryCreate(
        SitePublicKey site,
        IReadOnlyList<Commitment> members,
        ReadOnlySpan<byte> message,
        [NotNullWhen(true)] out SigningGroup? group)
    {
        group = null;
        if (site.Threshold == 1)
        {
            return FrostResult.Of(FrostFailure.KeyIsWhole);
        }

        if (members.Count < site.Threshold)
        {
            return FrostResult.Of(FrostFailure.TooFewMembers);
        }

        // More members than replicas: one of them must be there twice or be unknown, so the loop names it.
        var seen = new bool[site.Members + 1];
        foreach (var member in members)
        {
            if (!site.Knows(member.Identifier))
            {
                return new FrostResult(FrostFailure.MemberUnknown, member.Identifier);
            }

            if (seen[member.Identifier])
            {
                return new FrostResult(FrostFailure.MemberTwice, member.Identifier);
            }

            if (!member.HasRightLengths)
            {
                return new FrostResult(FrostFailure.WrongLength, member.Identifier);
            }

            seen[member.Identifier] = true;
        }

        Commitment[] ascending = [.. members];
        Array.Sort(ascending, (left, right) => left.Identifier.CompareTo(right.Identifier));
        group = new SigningGroup(site, ascending, message);
        return FrostResult.Good;
    }

    /// <summary>The member's commitment, if it is one of the group.</summary>
    public bool TryFind(int identifier, out Commitment commitment)
    {
        var place = Array.IndexOf(_identifiers, identifier);
        commitment = place < 0 ? default : _members[place];
        return place >= 0;
    }

    /// <summary>rho of a member.</summary>
    public void BindingFactorOf(int identifier, Span<byte> factor)
    {
        Span<byte> scalar = stackalloc byte[Curve.ScalarLength];
        Lagrange.SmallScalar(identifier, scalar);
        FrostHash.BindingFactor(_common, scalar, factor);
    }

    /// <summary>lambda of a member.</summary>
    public void CoefficientOf(int identifier, Span<byte> coefficient) =>
        Lagrange.Coefficient(identifier, _identifiers, coefficient);

    /// <summary>D + rho E of a member. D's subgroup is not checked here, only at blame.</summary>
    public bool TryTermOf(in Commitment member, Span<byte> term)
    {
        Span<byte> factor = stackalloc byte[Curve.ScalarLength];
        BindingFactorOf(member.Identifier, factor);
        return Sodium.PointMultiply(term, factor, member.Binding.Span) == 0
            && Sodium.PointAdd(term, term, member.Hiding.Span) == 0;
    }

    /// <summary>Adds to R the terms of all members but one (0: of all); the sum may start empty.</summary>
    public FrostResult AddTerms(int except, Span<byte> sum, bool isEmpty)
    {
        Span<byte> term = stackalloc byte[Curve.PointLength];
        foreach (ref readonly var member in _members.AsSpan())
        {
            if (member.Identifier == except)
            {
                continue;
            }

            if (!TryTermOf(member, term) || (!isEmpty && Sodium.PointAdd(sum, sum, term) != 0))
            {
                return new FrostResult(FrostFailure.CommitmentInvalid, member.Identifier);
            }

            if (isEmpty)
            {
                term.CopyTo(sum);
                isEmpty = false;
            }
        }

        return FrostResult.Good;
    }

    /// <summary>What all binding factors hash: the key, H4 of the message, H5 of the encoded commitments.</summary>
    private void BindTo(ReadOnlySpan<byte> message)
    {
        var encoded = new byte[_members.Length * EncodedMemberLength];
        for (var place = 0; place < _members.Length; place++)
        {
            var entry = encoded.AsSpan(place * EncodedMemberLength, EncodedMemberLength);
            Lagrange.SmallScalar(_members[place].Identifier, entry);
            _members[place].Hiding.Span.CopyTo(entry[Curve.ScalarLength..]);
            _members[place].Binding.Span.CopyTo(entry[(Curve.ScalarLength + Curve.PointLength)..]);
        }

        _site.Group.Span.CopyTo(_common);
        FrostHash.Message(message, _common.AsSpan(Curve.PointLength, FrostHash.DigestLength));
        FrostHash.Commitments(encoded, _common.AsSpan(Curve.PointLength + FrostHash.DigestLength));
    }
}
