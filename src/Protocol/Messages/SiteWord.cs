namespace Holdfast.Protocol.Messages;

/// <summary>What replicas of one site say to one another. A retired number is never given out again.</summary>
public enum SiteWordKind : byte
{
    PrePrepare = 1,
    Prepare = 2,
    Commit = 3,
    Checkpoint = 4,
    ViewChange = 5,
    NewView = 6,
    Complain = 7,
    Status = 8,
    CommittedBatch = 9,
    CommittedDigests = 10,
    StateFetch = 11,
    StateChunk = 12,
    StateGone = 13,
    Inquiry = 14,
    Recollection = 15,
    GlobalStateHeld = 16,

    /// <summary>An input handed on to the primary or to all.</summary>
    HandOn = 20,

    ThresholdShare = 30,
    SiteSignature = 31,
    SignatureWanted = 32,
}

/// <summary>A word that one replica says to others of its site over their authenticated channel.</summary>
public abstract record SiteWord
{
    public abstract SiteWordKind Kind { get; }

    /// <summary>The name under which it is signed, such as "holdfast prepare 1"; null if the authenticated channel is
    /// proof enough because the word never has to convince a third party.</summary>
    public virtual string? SignedAs => null;

    public abstract void Write(WireWriter writer);

    /// <summary>The bytes that a signature covers; by default the fields as they travel. A word with a large body signs
    /// the body's digest instead.</summary>
    public virtual void WriteSigned(WireWriter writer) => Write(writer);

    /// <summary>What this speaker signs for this word.</summary>
    public Bytes SigningBytes(Speaker speaker)
    {
        ArgumentNullException.ThrowIfNull(speaker);
        var writer = speaker.Begin(SignedAs ?? throw new InvalidOperationException($"{Kind} is not signed."));
        WriteSigned(writer);
        return writer.ToBytes();
    }
}

/// <summary>A word, the replica of the own site that said it, and its signature (empty for unsigned kinds).</summary>
public sealed record Said(int Replica, SiteWord Word, Bytes Signature);
