using System.Diagnostics;
using System.Net;

namespace Holdfast.Server.Transport;

/// <summary>A listener's connections, bounded by class and by peer, and the tasks that run them.</summary>
internal sealed class ConnectionTable
{
    private readonly Lock _gate = new();
    private readonly List<FrameConnection> _open = [];
    private readonly HashSet<Task> _running = [];
    private bool _isClosed;

    public IReadOnlyList<FrameConnection> All()
    {
        lock (_gate)
        {
            return [.. _open];
        }
    }

    /// <summary>Keeps a task until it is done, so that closing can wait for it.</summary>
    public void Track(Task task)
    {
        lock (_gate)
        {
            _running.Add(task);
        }

        task.ContinueWith(Forget, TaskScheduler.Default);
    }

    /// <summary>
    /// False where the class is full. A peer at its own bound loses its oldest connection: after a cut it comes back
    /// before its old connection is known to be dead, and harms nobody but itself.
    /// </summary>
    public bool TryAdd(FrameConnection connection)
    {
        FrameConnection? oldest;
        ConnectionEnd end;
        lock (_gate)
        {
            var limits = connection.Limits;
            var own = _open.Where(other => other.PeerPin == connection.PeerPin).ToList();
            oldest = own.Count >= limits.ConnectionsPerPinMax ? own[0] : null;
            end = oldest is null ? ConnectionEnd.Yielded : ConnectionEnd.Replaced;
            var isFull = oldest is null && IsFull(limits);
            oldest = isFull ? Yielding(limits) : oldest;
            if (_isClosed || (isFull && oldest is null))
            {
                return false;
            }

            _open.Add(connection);
            if (oldest is not null)
            {
                _open.Remove(oldest);
            }
        }

        oldest?.Close(end);
        return true;
    }

    /// <summary>False where the new class is full, or the connection is not here any more.</summary>
    public bool TryPromote(FrameConnection connection, FrameLimits limits)
    {
        lock (_gate)
        {
            if (!_open.Contains(connection) || IsFull(limits))
            {
                return false;
            }

            connection.Become(limits);
            return true;
        }
    }

    public void Remove(FrameConnection connection)
    {
        lock (_gate)
        {
            _open.Remove(connection);
        }
    }

    public Task CloseAllAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var connection in _open)
            {
                connection.Close(ConnectionEnd.ClosedHere);
            }

            return Task.WhenAll(_running);
        }
    }

    private bool IsFull(FrameLimits limits) =>
        _open.Count(other => other.Limits.Name == limits.Name) >= limits.ConnectionsMax;

    /// <summary>The oldest of the class from the address with the most of them, if it has had its time.</summary>
    private FrameConnection? Yielding(FrameLimits limits) => limits.YieldsAfter is { } time
        && _open.Where(other => other.Limits.Name == limits.Name)
            .GroupBy(other => (other.RemoteEndPoint as IPEndPoint)?.Address)
            .MaxBy(group => group.Count())?
            .First() is { } oldest
        && Stopwatch.GetElapsedTime(oldest.BeganAt) >= time
            ? oldest
            : null;

    private void Forget(Task task)
    {
        lock (_gate)
        {
            _running.Remove(task);
        }
    }
}
