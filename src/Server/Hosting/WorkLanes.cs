using System.Threading.Channels;

namespace Holdfast.Server.Hosting;

/// <summary>A small fixed number of lanes in which frames are checked, beside the pump. What comes by one connection
/// goes through one lane, so its order is kept; a full lane refuses instead of waiting.</summary>
internal sealed class WorkLanes : IAsyncDisposable
{
    private readonly Channel<Work>[] _lanes;
    private readonly Task[] _running;
    private readonly long _bytesMax;
    private readonly Action<Exception> _onFailure;
    private long _bytes;

    /// <param name="onFailure">Told of what a piece of work throws: that is a bug here, never a peer's fault.</param>
    public WorkLanes(int lanes, int framesPerLaneMax, long bytesMax, Action<Exception> onFailure)
    {
        _bytesMax = bytesMax;
        _onFailure = onFailure;
        _lanes = [.. Enumerable.Range(0, lanes).Select(_ => Channel.CreateBounded<Work>(
            new BoundedChannelOptions(framesPerLaneMax) { SingleReader = true, FullMode =
                BoundedChannelFullMode.Wait }))];
        _running = [.. _lanes.Select(lane => Task.Run(() => RunAsync(lane.Reader)))];
    }

    /// <summary>Pieces of work that wait.</summary>
    public int Waiting => _lanes.Sum(lane => lane.Reader.Count);

    /// <summary>False if the lane is full: the work is not done.</summary>
    /// <param name="key">Equal keys share a lane.</param>
    /// <param name="bytes">What the work holds on to.</param>
    public bool TryAdd(int key, int bytes, Action work)
    {
        if (Interlocked.Add(ref _bytes, bytes) > _bytesMax
            || !_lanes[(key & int.MaxValue) % _lanes.Length].Writer.TryWrite(new(work, bytes)))
        {
            Interlocked.Add(ref _bytes, -bytes);
            return false;
        }

        return true;
    }

    /// <summary>Takes nothing more; returns when what was taken is done.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes)
        {
            lane.Writer.TryComplete();
        }

        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    private async Task RunAsync(ChannelReader<Work> lane)
    {
        await foreach (var work in lane.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                work.Do();
            }
            catch (Exception failure)
            {
                _onFailure(failure);
            }

            Interlocked.Add(ref _bytes, -work.Bytes);
        }
    }

    private readonly record struct Work(Action Do, int Bytes);
}
