namespace Holdfast.Server.Transport;

/// <summary>Room that the send queues of many connections share, beside the bound that each has: peers who do not read
/// could together take the sum of all those. Who holds some may take more only while at least as much stays
/// free.</summary>
public sealed class SendRoom(long bytesMax)
{
    private long _bytes;

    /// <param name="own">What the queue that asks holds already.</param>
    internal bool TryTake(long own, int bytes)
    {
        var left = bytesMax - Interlocked.Add(ref _bytes, bytes);
        if (own <= left)
        {
            return true;
        }

        Give(bytes);
        return false;
    }

    internal void Give(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
