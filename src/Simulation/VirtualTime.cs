namespace Holdfast.Simulation;

/// <summary>What is going to happen, in order of time and, at one time, in the order in which it was planned.</summary>
public sealed class VirtualTime
{
    private readonly PriorityQueue<Action, (long Time, long Number)> _planned = new();
    private long _number;

    /// <summary>Microseconds since the world began.</summary>
    public long Now { get; private set; }

    /// <summary>Events that have happened.</summary>
    public long Events { get; private set; }

    public void At(long time, Action happening) => _planned.Enqueue(happening, (Math.Max(time, Now), _number++));

    public void After(long delay, Action happening) => At(Now + delay, happening);

    /// <summary>Lets everything happen up to this time.</summary>
    public void RunUntil(long end)
    {
        while (_planned.TryPeek(out var happening, out var place) && place.Time <= end)
        {
            _planned.Dequeue();
            Now = place.Time;
            Events++;
            happening();
        }

        Now = Math.Max(Now, end);
    }
}
