namespace Holdfast.Protocol;

/// <summary>Proof that one replica of a site is not correct, from bytes that it has signed and from nothing else:
/// whoever knows the genesis can check it.</summary>
public abstract record Evidence
{
    public abstract EvidenceKind Kind { get; }

    /// <summary>The replica, by its place in the site.</summary>
    public abstract int Accused { get; }

    public abstract EvidencePlace Place { get; }

    /// <summary>What was signed, a line for each statement.</summary>
    public abstract IReadOnlyList<string> Statements { get; }

    public abstract void Write(WireWriter writer);

    /// <summary>Why it proves nothing against the accused; None if it does. Pure, and safe for hostile bytes.</summary>
    public abstract Rejection Refusal(
        Genesis genesis, SiteId site, IVerifier verifier, IShareVerifier shareVerifier);

    /// <summary>Reads what this kind consists of, to the end.</summary>
    public static Evidence? ReadAs(EvidenceKind kind, int accused, ref WireReader reader) => kind switch
    {
        EvidenceKind.BadShare => ShareThatDoesNotFit.Read(accused, ref reader),
        EvidenceKind.NoPoints => RowOfNoPoints.Read(accused, ref reader),
        _ => TwoWords.Read(kind, accused, ref reader),
    };
}
