using System.Diagnostics;

namespace Holdfast.Server.Transport;

/// <summary>
/// Makes connections as slow as a wide area network, for demonstrations on one machine: frames (or whatever is to
/// happen) are held for a fixed time before they are written. One thread serves all connections of a process, to about half a millisecond.
/// </summary>
/// <remarks>It delays, and does nothing else: no loss, and hellos are not held.</remarks>
public sealed class EmulatedDelay : IDisposable
{
    private readonly Func<int, long> _departure;
    private readonly object _gate = new();
    private readonly PriorityQueue<Action, (long Due, long Order)> _held = new();
    private readonly Thread _thread;
    private long _order;
    private bool _isStopped;

    /// <param name="departure">For a road that is narrow, too: takes so many bytes that want to leave, and gives the
    /// <see cref="Stopwatch"/> time at which the last of them has left. Never earlier than what it gave before.</param>
    public EmulatedDelay(Func<int, long>? departure = null)
    {
        _departure = departure ?? (static _ => Stopwatch.GetTimestamp());
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

    /// <summary>Does something later. Equal delays keep their order.</summary>
    /// <param name="deed">Must be short: everything else that is held waits for it.</param>
    public void After(TimeSpan oneWay, Action deed) =>
        At(Stopwatch.GetTimestamp() + (long)(oneWay.TotalSeconds * Stopwatch.Frequency), deed);

    /// <summary>Does something at a <see cref="Stopwatch"/> time. Equal times keep their order.</summary>
    /// <param name="deed">Must be short: everything else that is held waits for it.</param>
    public void At(long due, Action deed)
    {
        ArgumentNullException.ThrowIfNull(deed);
        Hold(deed, due);
    }

    /// <summary>When so many bytes, which are handed over now, have left.</summary>
    internal long Departure(int bytes) => _departure(bytes);

    /// <summary>Holds frames until a <see cref="Stopwatch"/> time. Equal times keep their order.</summary>
    internal void Hold(SendQueue queue, ReadOnlyMemory<byte>[] frames, long due) =>
        Hold(
            () =>
            {
                queue.Add(frames);
                queue.Wake(here: true);
            },
            due);

    private void Hold(Action deed, long due)
    {
        lock (_gate)
        {
            var place = (due, _order++);
            _held.Enqueue(deed, place);
            if (_held.TryPeek(out _, out var first) && first == place)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    private void Run()
    {
        // What is done may hold back something itself, or wait for one who does: never under the gate.
        while (Next() is { } deed)
        {
            deed();
        }
    }

    /// <summary>Waits for what is due next; null when it is time to end.</summary>
    private Action? Next()
    {
        lock (_gate)
        {
            while (!_isStopped)
            {
                if (!_held.TryPeek(out _, out var when))
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                // A wait has a grain of one millisecond: half of it early is as good as half of it late.
                var rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), when.Due).TotalMilliseconds;
                if (rest < 0.5)
                {
                    return _held.Dequeue();
                }

                Monitor.Wait(_gate, (int)Math.Round(Math.Min(rest, 60_000)));
            }

            return null;
        }
    }
}
