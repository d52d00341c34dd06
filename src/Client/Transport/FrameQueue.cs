using System.Threading.Channels;
using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>Frames on their way to one replica, bounded in number and in bytes until they are written. What has no room is
/// dropped: the session tries again.</summary>
internal sealed class FrameQueue(int framesMax, int bytesMax)
{
    private readonly Channel<Bytes> _frames = Channel.CreateBounded<Bytes>(
        new BoundedChannelOptions(framesMax) { SingleReader = true });

    private int _bytes;

    public bool TryAdd(Bytes frame)
    {
        if (Interlocked.Add(ref _bytes, frame.Length) <= bytesMax && _frames.Writer.TryWrite(frame))
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -frame.Length);
        return false;
    }

    /// <summary>Waits until something is here, and takes all of it.</summary>
    public async Task TakeAllAsync(List<Bytes> into, CancellationToken cancel)
    {
        await _frames.Reader.WaitToReadAsync(cancel).ConfigureAwait(false);
        while (_frames.Reader.TryRead(out var frame))
        {
            into.Add(frame);
        }
    }

    /// <summary>These are written: their room is free.</summary>
    public void Free(IReadOnlyList<Bytes> written) => Interlocked.Add(ref _bytes, -written.Sum(frame => frame.Length));
}
