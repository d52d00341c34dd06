namespace Holdfast.Cryptography;

/// <summary>Why a step of FROST did not give what was asked for. A peer's fault is always one of these.</summary>
public enum FrostFailure
{
    /// <summary>No failure.</summary>
    None = 0,

    /// <summary>A share, a point or a key has not the length it must have.</summary>
    WrongLength,

    /// <summary>A scalar is at or above the order of the group.</summary>
    ScalarNotCanonical,

    /// <summary>A commitment of the culprit is no point of the main subgroup.</summary>
    CommitmentInvalid,

    /// <summary>
    /// A public share of the culprit, or the group's key (culprit 0), is no point of the main subgroup, or the share
    /// is the whole key.
    /// </summary>
    PublicShareInvalid,

    /// <summary>The public shares do not lie on one polynomial through the group's key.</summary>
    PublicSharesInconsistent,

    /// <summary>The threshold or the number of members does not fit.</summary>
    ThresholdInvalid,

    /// <summary>The secret share does not belong to the public share.</summary>
    SecretShareInvalid,

    /// <summary>Fewer members than the threshold.</summary>
    TooFewMembers,

    /// <summary>An identifier is not one of the site's.</summary>
    MemberUnknown,

    /// <summary>A member is named twice.</summary>
    MemberTwice,

    /// <summary>The one asked about is not among the members.</summary>
    NotAMember,

    /// <summary>Own commitments among the members' are not those made with the nonce (rule A3): alarm.</summary>
    OwnCommitmentDiffers,

    /// <summary>The nonce was taken before (rule N2).</summary>
    NonceTaken,

    /// <summary>No such row is here: another process made it, it is spent, or its incarnation is over.</summary>
    RowUnknown,

    /// <summary>The row was made before in this incarnation.</summary>
    RowMadeBefore,

    /// <summary>A newer incarnation has begun, or the store is closed.</summary>
    IncarnationOver,

    /// <summary>The R in the share is not the one that follows from the commitments.</summary>
    GroupCommitmentDiffers,

    /// <summary>The share does not satisfy its equation: its sender is at fault.</summary>
    ShareInvalid,

    /// <summary>The shares do not tell the same R: one of their senders is at fault.</summary>
    SharesDisagree,

    /// <summary>The sum of the shares is no signature: one of their senders is at fault.</summary>
    SignatureInvalid,

    /// <summary>A computed scalar or point was zero, which does not happen by chance.</summary>
    Degenerate,

    /// <summary>With threshold 1 there is nothing to share: sign with the whole key instead.</summary>
    KeyIsWhole,
}

/// <summary>The outcome of a step: a failure's name and, if one member is at fault, its identifier (else 0).</summary>
public readonly record struct FrostResult(FrostFailure Failure, int Culprit)
{
    public static FrostResult Good => default;

    public bool IsGood => Failure == FrostFailure.None;

    public static FrostResult Of(FrostFailure failure) => new(failure, 0);
}
