namespace Holdfast.Insider;

/// <summary>Does things later, in the order of their times, on a thread of its own: handing a frame to the network is
/// allowed from any.</summary>
internal sealed class Delays
{
    private readonly object _gate = new();
    private readonly PriorityQueue<Action, (long Due, long Order)> _waiting = new();
    private long _order;

    public Delays() => new Thread(Run) { IsBackground = true, Name = "delays" }.Start();

    public void Add(TimeSpan delay, Action deed)
    {
        lock (_gate)
        {
            _waiting.Enqueue(deed, (Environment.TickCount64 + (long)delay.TotalMilliseconds, _order++));
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (true)
        {
            Next()();
        }
    }

    private Action Next()
    {
        lock (_gate)
        {
            while (true)
            {
                var rest = _waiting.TryPeek(out _, out var first) ? first.Due - Environment.TickCount64 : 60_000;
                if (rest <= 0)
                {
                    return _waiting.Dequeue();
                }

                Monitor.Wait(_gate, (int)rest);
            }
        }
    }
}
