using Holdfast.Node.Storage;

namespace Holdfast.Simulation;

/// <summary>The evidence store of production, and the judge looks at every piece as a stranger would: from its bytes
/// and the genesis.</summary>
internal sealed class WatchedEvidence(IEvidenceStore store, ReplicaId holder, Genesis genesis, WorldKeys keys, Judge judge)
    : IEvidenceStore
{
    public bool Keep(EvidenceFile file)
    {
        var read = EvidenceFile.Decode(file.Encode().Span);
        var refusal = read?.Refusal(genesis, keys.Verifier, keys.ShareVerifier) ?? Rejection.Malformed;
        judge.Framed.Kept(holder, file.Accused, $"{file.Evidence.Kind}", refusal);
        judge.Shown.Kept(holder, file.Accused, file.Evidence.Kind);
        return store.Keep(file);
    }

    public int CountOf(EvidenceKind kind) => store.CountOf(kind);
}
