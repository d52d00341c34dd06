namespace Holdfast.Protocol;

/// <summary>What a replica is: given once, at construction.</summary>
public sealed record ReplicaSettings(
    Genesis Genesis, ReplicaId Self, IVerifier Verifier, IShareVerifier ShareVerifier, IStateMachine Application)
{
    public Retention Retention { get; init; } = Retention.Usual;
}

/// <summary>The state that a replica stored last, with the proof that it was stable.</summary>
public sealed record RecoveredState(SiteSequence Sequence, Bytes Proof, StateSnapshot State);
