using System.Diagnostics;
using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>The clocks that a replica is given: a monotonic one from the start of the process' host, and the time of
/// day as it was then. The time of day is read once only; what an operator does to it later changes nothing.</summary>
internal sealed class HostClock
{
    private readonly long _zero = Stopwatch.GetTimestamp();

    public HostClock(TimeProvider time)
    {
        var sinceEpoch = time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        WallAtStart = new Timestamp(sinceEpoch.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    public Timestamp WallAtStart { get; }

    public Instant Now => new(Stopwatch.GetElapsedTime(_zero).Ticks / TimeSpan.TicksPerMicrosecond);
}
