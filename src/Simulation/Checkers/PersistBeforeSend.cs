namespace Holdfast.Simulation.Checkers;

/// <summary>What a replica says may rest on anything that it wrote before, but for what says that it may wait; so all of
/// that is on disk first.</summary>
public static class PersistBeforeSend
{
    public static void Sent(ReplicaId replica, bool owesFlush)
    {
        if (owesFlush)
        {
            throw new CheckFailedException(
                nameof(PersistBeforeSend), $"{replica} sends while its journal has to flush what that may rest on");
        }
    }
}
