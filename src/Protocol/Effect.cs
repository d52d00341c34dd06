using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One member of a signing group, in the order of the assignment, with the commitments that it
/// spends.</summary>
public readonly record struct GroupMember(int Replica, uint Incarnation, uint Row, int Index, NoncePoints Points);

/// <summary>A share that a combiner adds up.</summary>
public readonly record struct GivenShare(int Replica, Digest Response, Digest GroupCommitment);

/// <summary>Everything that a replica can ask of the world. Effects are done in the order asked for; what is sent
/// leaves only after everything persisted before it, in the same turn of the pump, is on disk.</summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Put this on disk before anything that follows leaves.</summary>
    public sealed record Persist(JournalRecord Record) : Effect;

    /// <summary>Say this to every replica of the own site, the speaker included: its own word reaches it, as an input
    /// like any other, only when it is on disk. The pump signs it if the word is of a signed kind.</summary>
    public sealed record Broadcast(SiteWord Word) : Effect;

    /// <summary>Say this to one replica of the own site, in the own name.</summary>
    public sealed record Send(int Replica, SiteWord Word) : Effect;

    /// <summary>Repeat stored words, own or of others, with their signatures, to one replica.</summary>
    public sealed record Relay(int Replica, Said Said) : Effect;

    /// <summary>Read a committed batch back from the journal and send it to a replica that missed it; answer with
    /// nothing if it is not kept any more.</summary>
    public sealed record SendCommitted(int Replica, SiteSequence Sequence) : Effect;

    /// <summary>Hand a message of this site to one replica of another site, over the wide area.</summary>
    public sealed record SendSite(ReplicaId Receiver, SiteMessage Message) : Effect;

    /// <summary>Say this to one replica of another site. It knows by the channel who speaks.</summary>
    public sealed record SendFar(ReplicaId Receiver, SiteWord Word) : Effect;

    /// <summary>Answer a client, if it is connected here.</summary>
    /// <param name="CurrentAt">When the state that it speaks of was current for sure. It is no part of the reply: f + 1
    /// replies must be equal, and each replica has a clock of its own.</param>
    public sealed record Answer(ClientReply Reply, Timestamp CurrentAt) : Effect;

    /// <summary>What became of a client's request is known here, whoever tells the client.</summary>
    /// <param name="WasOrdered">By now, and not known before it came.</param>
    public sealed record Settled(ClientReply Reply, bool WasOrdered) : Effect;

    /// <summary>Answer a client with proof, if it is connected here.</summary>
    public sealed record AnswerWithReceipt(Receipt Receipt) : Effect;

    /// <summary>Sign an input in the own name (its signature is empty so far) and offer it to this replica.</summary>
    public sealed record SignInput(SiteInput Input) : Effect;

    /// <summary>Make a row of nonces, keep them in memory, and come back with <see cref="Input.NoncesMade"/>.</summary>
    public sealed record MakeNonces(uint KeyEpoch, uint Incarnation, uint Row) : Effect;

    /// <summary>Take the own nonces of this place, once, and come back with <see cref="Input.ShareMade"/> or
    /// <see cref="Input.ShareUnavailable"/>. The message, members and commitments are the own machine's.</summary>
    public sealed record SignShare(SharePlace Place, Bytes Message, ValueList<GroupMember> Members) : Effect;

    /// <summary>Add up the shares of a whole group, verify the result under the site's key, and come back with
    /// <see cref="Input.Combined"/>, naming the members whose shares are bad if it does not verify.</summary>
    public sealed record Combine(
        SharePlace Place, Bytes Message, ValueList<GroupMember> Members, ValueList<GivenShare> Shares) : Effect;

    /// <summary>The state at a stable checkpoint: the world may store it, and then cut the journal behind it.</summary>
    public sealed record SaveState(SiteSequence Sequence, Bytes Proof, StateSnapshot State) : Effect;

    /// <summary>Keep this proof against a replica of the own site for people to see, over restarts.</summary>
    public sealed record KeepEvidence(EvidenceFile File) : Effect;

    /// <summary>Something came in that was refused, by name.</summary>
    public sealed record Reject(string Source, Rejection Reason) : Effect;

    /// <summary>Something that an operator may want to know; never part of the protocol.</summary>
    public sealed record Note(string What) : Effect;
}
