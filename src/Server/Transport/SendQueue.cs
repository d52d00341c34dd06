namespace Holdfast.Server.Transport;

/// <summary>
/// Frames on their way out. Putting one in never waits: what does not fit is dropped and counted, since the protocol
/// above resends what is missed. Taking out gives all that is there.
/// </summary>
internal sealed class SendQueue(long bytesMax, int framesMax, SendRoom? room)
{
    private readonly Lock _gate = new();
    private List<ReadOnlyMemory<byte>> _ready = [];
    private TaskCompletionSource? _waiting;
    private bool _isClosed;
    private long _bytes;
    private int _frames;
    private long _dropped;

    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Counts frames that there is no room for.</summary>
    public void Drop(int frames) => Interlocked.Add(ref _dropped, frames);

    /// <summary>Keeps room for a frame; false if there is none.</summary>
    public bool TryReserve(int bytes, int bytesEachMax)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytes);
        lock (_gate)
        {
            if (!_isClosed && bytes <= bytesEachMax && _frames < framesMax && _bytes + bytes <= bytesMax
                && room?.TryTake(_bytes, bytes) != false)
            {
                _frames++;
                _bytes += bytes;
                return true;
            }

            return false;
        }
    }

    /// <summary>Puts frames in for which room is kept; they leave with the next <see cref="Wake"/>.</summary>
    public void Add(ReadOnlySpan<ReadOnlyMemory<byte>> frames)
    {
        lock (_gate)
        {
            _ready.AddRange(frames);
        }
    }

    /// <summary>Lets the one who waits go on, if there is something. Not to be called under a lock.</summary>
    /// <param name="here">On this thread, as far as it goes without waiting; else on another one.</param>
    public void Wake(bool here)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            if (_ready.Count == 0 && !_isClosed)
            {
                return;
            }

            (waiting, _waiting) = (_waiting, null);
        }

        if (waiting is null)
        {
            return;
        }

        if (here)
        {
            waiting.SetResult();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static one => one.SetResult(), waiting, preferLocal: false);
        }
    }

    /// <summary>Waits until there is something, and swaps the full list for the caller's empty one.</summary>
    /// <returns>Null once the queue is closed.</returns>
    public async Task<List<ReadOnlyMemory<byte>>?> TakeAllAsync(List<ReadOnlyMemory<byte>> empty)
    {
        while (true)
        {
            Task filled;
            lock (_gate)
            {
                if (_isClosed)
                {
                    return null;
                }

                if (_ready.Count > 0)
                {
                    (var full, _ready) = (_ready, empty);
                    return full;
                }

                // The one who wakes says on which thread it goes on.
                _waiting = new TaskCompletionSource();
                filled = _waiting.Task;
            }

            await filled.ConfigureAwait(false);
        }
    }

    /// <summary>Lets the one who waits go, for good.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                room?.Give(_bytes);
            }

            _isClosed = true;
        }

        Wake(here: false);
    }

    /// <summary>Gives back the room of frames that have been written.</summary>
    public void Free(int frames, long bytes)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            room?.Give(bytes);
            _frames -= frames;
            _bytes -= bytes;
        }
    }
}
