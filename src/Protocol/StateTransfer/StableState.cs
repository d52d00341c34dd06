using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A machine's whole state at a checkpoint that a quorum has signed.</summary>
public sealed record StableState(StableCheckpoint Proof, StateSnapshot State)
{
    public SiteSequence Sequence => Proof.Sequence;

    /// <summary>A state that came from peers under a checkpoint.</summary>
    public static StableState Of(FetchedState fetched)
    {
        ArgumentNullException.ThrowIfNull(fetched);
        return new(((CheckpointTarget)fetched.Target).Proof, new(fetched.Global, fetched.Site));
    }
}

/// <summary>How far a state transfer is, for operators.</summary>
/// <param name="Target">The place whose state is fetched.</param>
/// <param name="Entries">Entries that are here and checked.</param>
/// <param name="EntriesTotal">How many there will be, as a source says; 0 while none has said.</param>
public sealed record TransferProgress(StatePlace Target, long Entries, long EntriesTotal, long Bytes);
