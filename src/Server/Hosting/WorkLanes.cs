using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>What may wait in one lane.</summary>
internal sealed record LaneBounds(int FramesMax, long BytesMax);

/// <summary>A small fixed number of lanes in which frames are checked, beside the pump. What comes from one source goes
/// through one lane, so its order is kept; sources share a lane in turns. A full lane refuses instead of waiting.
/// An idle lane does a piece of work at once, on the thread that brings it: most pieces come alone, and the way to
/// another thread costs more than their work.</summary>
internal sealed class WorkLanes<TSource> : IAsyncDisposable
    where TSource : notnull
{
    private readonly Lane[] _lanes;

    /// <param name="onFailure">Told of what a piece of work throws: that is a bug here, never a peer's fault.</param>
    public WorkLanes(int lanes, LaneBounds bounds, Action<Exception> onFailure) =>
        _lanes = [.. Enumerable.Range(0, lanes).Select(_ => new Lane(bounds, onFailure))];

    /// <summary>Pieces of work that wait.</summary>
    public int Waiting => _lanes.Sum(lane => lane.Waiting);

    /// <summary>Where it is refused, the work is not done.</summary>
    /// <param name="bytes">What the work holds on to.</param>
    public Rejection Add(TSource source, int bytes, Action work) =>
        _lanes[(source.GetHashCode() & int.MaxValue) % _lanes.Length].Add(source, bytes, work);

    /// <summary>Takes nothing more; returns when what was taken is done.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_lanes.Select(lane => lane.CloseAsync())).ConfigureAwait(false);

    private sealed class Lane(LaneBounds bounds, Action<Exception> onFailure)
    {
        private readonly Lock _gate = new();
        private readonly FairQueue<TSource, Action> _queue = new(bounds.FramesMax, bounds.BytesMax);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isBusy;
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
                if (refusal != Rejection.None || _isBusy)
                {
                    return refusal;
                }

                _isBusy = _queue.TryTake(out work!);
            }

            Do(work);
            if (HasMore())
            {
                // The thread that brought one piece is not kept by others' pieces.
                _ = Task.Run(DoAll);
            }

            return Rejection.None;
        }

        public Task CloseAsync()
        {
            lock (_gate)
            {
                _isClosed = true;
                EndIfDone();
            }

            return _ended.Task;
        }

        private void DoAll()
        {
            while (true)
            {
                Action? work;
                lock (_gate)
                {
                    _isBusy = _queue.TryTake(out work);
                    EndIfDone();
                }

                if (work is null)
                {
                    return;
                }

                Do(work);
            }
        }

        /// <summary>Whether the lane stays busy, with what came meanwhile.</summary>
        private bool HasMore()
        {
            lock (_gate)
            {
                _isBusy = _queue.Count > 0;
                EndIfDone();
                return _isBusy;
            }
        }

        private void EndIfDone()
        {
            if (_isClosed && !_isBusy)
            {
                _ended.TrySetResult();
            }
        }

        private void Do(Action work)
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
}
