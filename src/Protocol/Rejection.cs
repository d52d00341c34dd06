namespace Holdfast.Protocol;

/// <summary>Why something that came in was refused. Counted by name; a retired number is never given out
/// again.</summary>
public enum Rejection : byte
{
    None = 0,

    // The gate: bytes only.
    Malformed = 1,
    TooLarge = 2,
    UnknownKind = 3,
    UnknownFormat = 4,
    WrongCluster = 5,
    WrongSite = 6,
    UnknownSender = 7,
    BadSignature = 8,
    OldLife = 9,
    BadProof = 10,
    NotForUs = 11,

    // SiteLog.
    WrongView = 20,
    NotThePrimary = 21,
    OutsideWindow = 22,
    SecondProposal = 23,
    SecondVote = 24,
    TimeOutOfBounds = 25,
    BadInput = 26,
    BadNewView = 27,
    BadViewChange = 28,
    AlreadyKnown = 29,
    PoolFull = 30,
    BeyondRetention = 31,
    NotABackup = 32,
    TooSoon = 33,
    Late = 34,
    BadChunk = 35,
    StateGone = 36,
    Slow = 37,
    ShareUsedUp = 38,

    // SiteMachine and links: skipped when executed.
    EarlySequence = 40,
    OldSequence = 41,
    WrongRow = 43,
    RowsFull = 44,
    NotAMember = 45,
    UnknownAssignment = 46,
    NotBad = 47,
    UnknownClient = 48,
    AlreadyAnswered = 49,
    Overloaded = 50,
    ReadsFull = 51,
    BadShare = 52,
    WrongLife = 53,

    // GlobalOrdering.
    NotTheLeadingSite = 60,
    OldGlobalView = 61,
    TooFarAhead = 62,
    BadEntry = 63,
    NoRoom = 65,
}
