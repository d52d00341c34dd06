using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>What one replica did and refused, in numbers. May be read, and refusals counted, by any thread.</summary>
public sealed class PumpCounters
{
    private readonly long[] _refusals = new long[byte.MaxValue + 1];
    private long _turns;
    private long _steps;
    private long _flushes;
    private long _framesSent;
    private long _bytesSent;
    private long _statesSaved;
    private long _signatures;
    private long _shares;
    private long _combined;

    public long Turns => Interlocked.Read(ref _turns);

    public long Steps => Interlocked.Read(ref _steps);

    /// <summary>Journal flushes: at most one for each pass of a turn.</summary>
    public long Flushes => Interlocked.Read(ref _flushes);

    public long FramesSent => Interlocked.Read(ref _framesSent);

    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public long StatesSaved => Interlocked.Read(ref _statesSaved);

    /// <summary>Signatures in the replica's own name.</summary>
    public long Signatures => Interlocked.Read(ref _signatures);

    /// <summary>Shares of the site's signatures that were asked for.</summary>
    public long Shares => Interlocked.Read(ref _shares);

    /// <summary>Signatures of the site that were put together here.</summary>
    public long Combined => Interlocked.Read(ref _combined);

    /// <summary>What came in and was refused under this name, by the gate or by the core.</summary>
    public long RefusedFor(Rejection reason) => Interlocked.Read(ref _refusals[(byte)reason]);

    public void Refused(Rejection reason) => Interlocked.Increment(ref _refusals[(byte)reason]);

    internal void Turned() => Interlocked.Increment(ref _turns);

    internal void Stepped() => Interlocked.Increment(ref _steps);

    internal void Flushed() => Interlocked.Increment(ref _flushes);

    internal void Signed() => Interlocked.Increment(ref _signatures);

    internal void ShareSigned() => Interlocked.Increment(ref _shares);

    internal void Combines() => Interlocked.Increment(ref _combined);

    internal void Saved() => Interlocked.Increment(ref _statesSaved);

    internal void Sent(int bytes)
    {
        Interlocked.Increment(ref _framesSent);
        Interlocked.Add(ref _bytesSent, bytes);
    }
}
