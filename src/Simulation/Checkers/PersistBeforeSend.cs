namespace Holdfast.Simulation.Checkers;

/// <summary>What a replica says may rest on anything that it wrote before, so all of that is on disk first.</summary>
public static class PersistBeforeSend
{
    public static void Sent(ReplicaId replica, long unflushedBytes)
    {
        if (unflushedBytes > 0)
        {
            throw new CheckFailedException(
                nameof(PersistBeforeSend), $"{replica} sends while its journal has {unflushedBytes} bytes to flush");
        }
    }
}
