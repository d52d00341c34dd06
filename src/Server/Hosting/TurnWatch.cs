using Holdfast.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Hosting;

/// <summary>Says of a turn of the pump that took long what it waited for: to its peers a replica is silent meanwhile, and a
/// primary that they replace for it should find the reason in its log.</summary>
internal sealed class TurnWatch(FileDisk disk, TimeProvider time, ILogger log)
{
    /// <summary>What takes less is not told.</summary>
    public static readonly TimeSpan ToldFrom = TimeSpan.FromMilliseconds(500);

    private long _began;
    private TimeSpan _flushing;
    private TimeSpan _collecting;

    public void Begin() =>
        (_began, _flushing, _collecting) = (time.GetTimestamp(), disk.TimeFlushing, GC.GetTotalPauseDuration());

    public void End(int inputs)
    {
        var took = time.GetElapsedTime(_began);
        if (took >= ToldFrom)
        {
            Log.SlowTurn(
                log,
                (long)took.TotalMilliseconds,
                inputs,
                (long)(disk.TimeFlushing - _flushing).TotalMilliseconds,
                (long)(GC.GetTotalPauseDuration() - _collecting).TotalMilliseconds);
        }
    }
}
