using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>What may wait in one lane.</summary>
internal sealed record LaneBounds(int FramesMax, long BytesMax);

/// <summary>A small fixed number of lanes in which frames are checked, beside the pump. What comes from one source goes
/// through one lane, so its order is kept; sources share a lane in turns. A full lane refuses instead of waiting.
/// </summary>
internal sealed class WorkLanes<TSource> : IAsyncDisposable
    where TSource : notnull
{
    private readonly Lane[] _lanes;
    private readonly Task[] _running;

    /// <param name="onFailure">Told of what a piece of work throws: that is a bug here, never a peer's fault.</param>
    public WorkLanes(int lanes, LaneBounds bounds, Action<Exception> onFailure)
    {
        _lanes = [.. Enumerable.Range(0, lanes).Select(_ => new Lane(bounds, onFailure))];
        _running = [.. _lanes.Select(lane => Task.Run(lane.RunAsync))];
    }

    /// <summary>Pieces of work that wait.</summary>
    public int Waiting => _lanes.Sum(lane => lane.Waiting);

    /// <summary>Where it is refused, the work is not done.</summary>
    /// <param name="bytes">What the work holds on to.</param>
    public Rejection Add(TSource source, int bytes, Action work) =>
        _lanes[(source.GetHashCode() & int.MaxValue) % _lanes.Length].Add(source, bytes, work);

    /// <summary>Takes nothing more; returns when what was taken is done.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes)
        {
            lane.Close();
        }

        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    private sealed class Lane(LaneBounds bounds, Action<Exception> onFailure)
    {
        private readonly Lock _gate = new();
        private readonly FairQueue<TSource, Action> _queue = new(bounds.FramesMax, bounds.BytesMax);
        private TaskCompletionSource? _idle;
        private bool _isClosed;

        public int Waiting
        {
            get
            {
                lock (_gate)
                {
                    return _queue.Count;
                }
            }
        }

        public Rejection Add(TSource source, int bytes, Action work)
        {
            lock (_gate)
            {
                var refusal = _isClosed ? Rejection.Overloaded : _queue.Offer(source, work, bytes);
                if (refusal == Rejection.None)
                {
                    Wake();
                }

                return refusal;
            }
        }

        public void Close()
        {
            lock (_gate)
            {
                _isClosed = true;
                Wake();
            }
        }

        public async Task RunAsync()
        {
            while (await NextAsync().ConfigureAwait(false) is { } work)
            {
                try
                {
                    work();
                }
                catch (Exception failure)
                {
                    onFailure(failure);
                }
            }
        }

        /// <summary>Null when the lane is closed and empty.</summary>
        private async Task<Action?> NextAsync()
        {
            while (true)
            {
                Task filled;
                lock (_gate)
                {
                    if (_queue.TryTake(out var work))
                    {
                        return work;
                    }

                    if (_isClosed)
                    {
                        return null;
                    }

                    _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    filled = _idle.Task;
                }

                await filled.ConfigureAwait(false);
            }
        }

        private void Wake()
        {
            _idle?.SetResult();
            _idle = null;
        }
    }
}
