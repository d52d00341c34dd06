using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation;

/// <summary>All checkers of a world. What faulty replicas say and do is not shown to them.</summary>
public sealed class Judge
{
    private readonly Overheard _overheard;

    public Judge(Genesis genesis, IVerifier verifier)
    {
        Clients = new ClientHistory(genesis, verifier);
        _overheard = new Overheard(Contradiction, Silent, SiteOrder, States, Grudge);
    }

    public OneGlobalOrder Order { get; } = new();

    public ExactlyOnce Once { get; } = new();

    /// <summary>What clients asked and were told, and all who judge that.</summary>
    public ClientHistory Clients { get; }

    public EqualStates States { get; } = new();

    public NonceOnce Nonces { get; } = new();

    public OneSiteOrder SiteOrder { get; } = new();

    public NoSelfContradiction Contradiction { get; } = new();

    public SilentUntilBack Silent { get; } = new();

    public RestWhenIdle Rest { get; } = new();

    public NoGrudge Grudge { get; } = new();

    public NoFalseLoss Losses { get; } = new();

    public NobodyFramed Framed { get; } = new();

    public ContradictionsShown Shown { get; } = new();

    public ProgressAfterHealing Progress { get; } = new();

    public void Executed(ReplicaId replica, int life, OperationContext context, Bytes operation)
    {
        Order.Executed(replica, life, context.Position, operation);
        Clients.Invented.Executed(replica, operation);
        Once.Executed(replica, context.Position, operation);
        Clients.Kept.Executed(replica, context.Position, operation);
        Clients.Outcomes.Executed(replica, operation, context.GlobalTime);
    }

    /// <summary>A correct replica says something to one of its site.</summary>
    /// <param name="isVoting">False while it may only say again what its disk holds.</param>
    public void Sent(ReplicaId speaker, Bytes frame, bool isVoting) => _overheard.Sent(speaker, frame, isVoting);

    /// <summary>A correct replica has promised more than its disk knows.</summary>
    public void Lost(ReplicaId replica)
    {
        Contradiction.Lost(replica);
        Silent.Lost(replica);
    }

    /// <summary>All disks of a site are lost, and none of its replicas runs: in the site's next life all places are
    /// new.</summary>
    public void LifeOver(SiteId site)
    {
        SiteOrder.LifeOver(site);
        States.LifeOver(site);
        Contradiction.LifeOver(site);
        Silent.LifeOver(site);
        Grudge.LifeOver(site);
        Losses.LifeOver(site);
    }

    public void Used(NoncePoints points, Bytes message, ValueList<GroupMember> members) =>
        Nonces.Used(points, message, members);

    public void Conclude(TimeSpan patience)
    {
        Progress.Conclude(patience);
        Clients.Conclude(Order);
    }
}
