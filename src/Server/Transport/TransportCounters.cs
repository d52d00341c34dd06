namespace Holdfast.Server.Transport;

/// <summary>How often each <see cref="ConnectionEnd"/> has happened, over all that share these.</summary>
public sealed class TransportCounters
{
    private readonly long[] _ends = new long[Enum.GetValues<ConnectionEnd>().Length];

    public long this[ConnectionEnd end] => Interlocked.Read(ref _ends[(int)end]);

    internal void Count(ConnectionEnd end) => Interlocked.Increment(ref _ends[(int)end]);
}
