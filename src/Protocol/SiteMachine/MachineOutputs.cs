using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An input that the machine passed over when its turn came, and why.</summary>
public sealed record Skipped(SiteInput Input, Rejection Reason);

/// <summary>What follows from one batch, for the replica to carry out: the machine itself talks to nobody.</summary>
public sealed class MachineOutputs
{
    private readonly List<ClientReply> _replies = [];
    private readonly List<Skipped> _skipped = [];
    private readonly List<(SiteId, Rejection)> _refused = [];

    public IReadOnlyList<ClientReply> Replies => _replies;

    /// <summary>Operations of the site's own clients that this batch committed.</summary>
    public int Updates { get; set; }

    public IReadOnlyList<Skipped> Skipped => _skipped;

    /// <summary>What other sites said that was refused.</summary>
    public IReadOnlyList<(SiteId Site, Rejection Reason)> Refused => _refused;

    /// <summary>Set where the machine says that a checkpoint is due: the state after this batch.</summary>
    public StateSnapshot? Checkpoint { get; set; }

    /// <summary>The states that this batch told, for other sites to fetch.</summary>
    public List<KeptState> Told { get; } = [];

    /// <summary>Set where the state of other sites was taken over.</summary>
    public ToldState? Installed { get; set; }

    /// <summary>Set where assignments and leaves of the batches below were let go.</summary>
    public SiteSequence? RetiredBelow { get; set; }

    public void Reply(ClientReply reply) => _replies.Add(reply);

    public void Skip(SiteInput input, Rejection reason) => _skipped.Add(new(input, reason));

    public void Refuse(SiteId site, Rejection reason) => _refused.Add((site, reason));
}
