using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation;

/// <summary>All checkers of a world. What faulty replicas say and do is not shown to them.</summary>
public sealed class Judge
{
    private readonly Overheard _overheard;

    public Judge() => _overheard = new Overheard(Contradiction, SiteOrder, States);

    public OneGlobalOrder Order { get; } = new();

    public NothingInvented Invented { get; } = new();

    public ExactlyOnce Once { get; } = new();

    public AcknowledgedKept Kept { get; } = new();

    public Linearizability Linearizability { get; } = new();

    public EqualStates States { get; } = new();

    public NonceOnce Nonces { get; } = new();

    public OneSiteOrder SiteOrder { get; } = new();

    public NoSelfContradiction Contradiction { get; } = new();

    public ProgressAfterHealing Progress { get; } = new();

    public void Executed(ReplicaId replica, int life, GlobalPosition position, Bytes operation)
    {
        Order.Executed(replica, life, position, operation);
        Invented.Executed(replica, operation);
        Once.Executed(replica, position, operation);
        Kept.Executed(replica, position, operation);
    }

    /// <summary>A correct replica says something to one of its site.</summary>
    public void Sent(ReplicaId speaker, Bytes frame) => _overheard.Sent(speaker, frame);

    public void Used(NoncePoints points, Bytes message, ValueList<GroupMember> members) =>
        Nonces.Used(points, message, members);

    public void Conclude(TimeSpan patience)
    {
        Progress.Conclude(patience);
        Kept.Conclude(Order);
        Linearizability.Conclude();
    }
}
