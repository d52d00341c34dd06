using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A state that is fetched, and what is known of it beforehand: chunks are held against that.</summary>
public abstract record StateTarget
{
    public abstract StatePlace Place { get; }

    /// <summary>The place of its records in the journal: they go when a state at or above it is stored.</summary>
    public abstract SiteSequence RecordedAt { get; }

    /// <summary>Whether the digests of the Global part and of what stands beside it are those of this state.</summary>
    public abstract bool IsOf(Digest global, Digest beside);

    internal abstract JournalRecord Begun();

    internal abstract JournalRecordKind ChunkKind { get; }
}

/// <summary>A machine's whole state at a checkpoint that a quorum of its site has signed. Beside the Global part stands
/// the Site part.</summary>
public sealed record CheckpointTarget(StableCheckpoint Proof) : StateTarget
{
    public override StatePlace Place => StatePlace.Of(Proof.Sequence);

    public override SiteSequence RecordedAt => Proof.Sequence;

    internal override JournalRecordKind ChunkKind => JournalRecordKind.Chunk;

    public override bool IsOf(Digest global, Digest beside) => StateSnapshot.DigestOf(global, beside) == Proof.State;

    internal override JournalRecord Begun() => new(JournalRecordKind.Transfer, RecordedAt, Proof.Encode());
}

/// <summary>The Global part at a place that another site's register has told. Beside it stands the chain digest of the
/// log that led there.</summary>
/// <param name="RecordedAt">The first place of the site's order that was not executed when it began. Until this state
/// is taken over or given up, none at or above that is stored.</param>
public sealed record ToldTarget(ToldState Told, SiteSequence RecordedAt) : StateTarget
{
    public override StatePlace Place => StatePlace.Of(Told.At);

    public override SiteSequence RecordedAt { get; } = RecordedAt;

    internal override JournalRecordKind ChunkKind => JournalRecordKind.GlobalChunk;

    public override bool IsOf(Digest global, Digest beside) => ToldState.DigestOf(global, beside) == Told.Digest;

    internal override JournalRecord Begun()
    {
        var writer = new WireWriter();
        Told.Write(writer);
        return new(JournalRecordKind.GlobalTransfer, RecordedAt, writer.ToBytes());
    }
}
