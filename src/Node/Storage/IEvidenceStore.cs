using Holdfast.Protocol;

namespace Holdfast.Node.Storage;

/// <summary>Where evidence against replicas lies, over restarts.</summary>
public interface IEvidenceStore
{
    /// <summary>Keeps a piece unless it is known or there is enough of its kind; true if it is new here.</summary>
    /// <exception cref="IOException">The disk failed. Evidence is for people: the replica need not stop.</exception>
    bool Keep(EvidenceFile file);

    /// <summary>Pieces of one kind that are kept here. May be asked by any thread.</summary>
    int CountOf(EvidenceKind kind);
}
