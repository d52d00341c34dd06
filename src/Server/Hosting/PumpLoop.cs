using Holdfast.Node;
using Holdfast.Protocol;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>The one thread on which a replica thinks: it takes what is admitted, gives it to the pump, and shows what
/// came of it. It ends when asked to, or when the pump fails, and then for good.</summary>
internal sealed class PumpLoop(
    Pump pump,
    InputQueue queue,
    HostClock clock,
    HostView view,
    StateHasher hasher,
    TurnWatch watch,
    ILogger log)
{
    // Between two turns at most: the pump asks for less where it needs it.
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopping;

    /// <summary>Completes when the thread has ended: null if it was asked to, else why.</summary>
    public Task<Exception?> Ended => _ended.Task;

    public void Start(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    public void Stop()
    {
        _isStopping = true;
        queue.Wake();
    }

    private void Run()
    {
        try
        {
            var inputs = new List<Input>(Pump.InputsPerTurn);
            while (!_isStopping && pump.Failure is null)
            {
                inputs.Clear();
                queue.Take(inputs, Pump.InputsPerTurn, Patience());
                watch.Begin();
                pump.Turn(clock.Now, inputs);
                watch.End(inputs.Count);
                if (pump.Failure is null)
                {
                    // After a failure it would show half a thought.
                    Show();
                }
            }

            _ended.SetResult(pump.Failure);
        }
        catch (Exception failure)
        {
            // Whatever it is, the replica may have thought half a thought: it must not go on.
            _ended.SetResult(failure);
        }
    }

    private TimeSpan Patience()
    {
        var (wake, now) = (pump.NextWake, clock.Now);
        if (wake <= now)
        {
            return TimeSpan.Zero;
        }

        // Waits have a grain of one millisecond: rounded down, a thread would spin until the time has come.
        var patience = wake == Instant.Never ? PatienceMax : TimeSpan.FromMilliseconds(
            Math.Ceiling((wake - now).TotalMilliseconds));
        return patience < PatienceMax ? patience : PatienceMax;
    }

    private void Show()
    {
        var before = view.Status;
        view.Show();
        var after = view.Status;
        hasher.Offer(view.Published.Snapshot.Map);
        if (before.View != after.View)
        {
            Log.SiteViewChanged(log, before.View, after.View);
        }

        if (before.InstalledView != after.InstalledView)
        {
            Log.GlobalViewChanged(log, before.InstalledView, after.InstalledView);
        }
    }
}
