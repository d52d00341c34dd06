using Holdfast.Protocol;

namespace Holdfast.Node.Storage;

/// <summary>One entry of the stored state; the part is one of the machine's parts.</summary>
public readonly record struct StateEntry(byte Part, MapEntry Entry);

/// <summary>What became of one key since the last save; no value means that the key is gone.</summary>
public readonly record struct StateChange(byte Part, byte[] Key, byte[]? Value);

/// <summary>The state of the machine after <paramref name="Sequence"/>, as it was last saved.</summary>
/// <param name="Sequence">The site sequence of the checkpoint.</param>
/// <param name="CheckpointProof">What makes the checkpoint believable, in the caller's encoding.</param>
/// <param name="Entries">
/// All entries, ordered by part, then by key as bytes. Read from the store while it is enumerated, so once, and to its
/// end before the next save.
/// </param>
public sealed record StoredState(ulong Sequence, byte[] CheckpointProof, IEnumerable<StateEntry> Entries);

/// <summary>Where the machine's state lives between two lives of the process. One caller at a time.</summary>
public interface IStateStore : IDisposable
{
    /// <summary>What an operator knows it by.</summary>
    string Name { get; }

    /// <summary>The state of the last save, or null where nothing was ever saved.</summary>
    /// <exception cref="StorageException">It cannot be read; also while the entries are enumerated.</exception>
    StoredState? Load();

    /// <summary>Makes all the changes, the sequence and the proof durable together, or none of them.</summary>
    /// <exception cref="StorageException">None of them is.</exception>
    void Save(ulong sequence, byte[] checkpointProof, IEnumerable<StateChange> changes);
}
