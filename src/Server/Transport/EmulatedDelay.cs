using System.Diagnostics;

namespace Holdfast.Server.Transport;

/// <summary>
/// Makes connections as slow as a wide area network, for demonstrations on one machine: frames are held for a fixed
/// time before they are written. One thread serves all connections of a process, to about half a millisecond.
/// </summary>
/// <remarks>It delays, and does nothing else: no loss, no limit on bandwidth, and hellos are not held.</remarks>
public sealed class EmulatedDelay : IDisposable
{
    private readonly object _gate = new();
    private readonly PriorityQueue<Held, (long Due, long Order)> _held = new();
    private readonly Thread _thread;
    private long _order;
    private bool _isStopped;

    public EmulatedDelay()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "emulated delay" };
        _thread.Start();
    }

    /// <summary>Ends the thread; frames still held are lost.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    /// <summary>Holds frames until a <see cref="Stopwatch"/> time. Equal times keep their order.</summary>
    internal void Hold(SendQueue queue, ReadOnlyMemory<byte>[] frames, long due)
    {
        lock (_gate)
        {
            var place = (due, _order++);
            _held.Enqueue(new Held(queue, frames), place);
            if (_held.TryPeek(out _, out var first) && first == place)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            while (!_isStopped)
            {
                if (!_held.TryPeek(out var next, out var when))
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                // A wait has a grain of one millisecond: half of it early is as good as half of it late.
                var rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), when.Due).TotalMilliseconds;
                if (rest >= 0.5)
                {
                    Monitor.Wait(_gate, (int)Math.Round(Math.Min(rest, 60_000)));
                    continue;
                }

                _held.Dequeue();
                next.Queue.Add(next.Frames);
            }
        }
    }

    private readonly record struct Held(SendQueue Queue, ReadOnlyMemory<byte>[] Frames);
}
