namespace Holdfast.Protocol;

/// <summary>What a piece of evidence proves. A retired number is never given out again.</summary>
/// <remarks>Only what a correct replica can never sign is here, whenever it crashes: what it says of these it has on
/// disk before, or computes from what the site has agreed on. So not here: commits (unsigned), complaints and retries
/// (they may be said anew with another content), and two rows of commitments for one place (a process that died may
/// have published a row that its site never ordered; the next one makes another).</remarks>
public enum EvidenceKind : byte
{
    /// <summary>Two batches offered for one view and place.</summary>
    TwoOffers = 1,

    /// <summary>Two prepares for one view and place, and different batches.</summary>
    TwoPrepares = 2,

    /// <summary>Two states told for one place.</summary>
    TwoCheckpoints = 3,

    /// <summary>Two different view changes for one view.</summary>
    TwoViewChanges = 4,

    /// <summary>Two different beginnings of one view.</summary>
    TwoNewViews = 5,

    /// <summary>A batch offered that is not the one which the own new view has to offer at that place.</summary>
    OfferAgainstNewView = 6,

    /// <summary>Two different shares for one place.</summary>
    TwoShares = 7,

    /// <summary>A share that does not fit the assignment that it names.</summary>
    BadShare = 8,

    /// <summary>Commitments published with which nobody can sign.</summary>
    NoPoints = 9,
}
