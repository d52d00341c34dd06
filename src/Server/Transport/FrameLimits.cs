namespace Holdfast.Server.Transport;

/// <summary>What one class of peers may use, and so what a hostile one of that class can take.</summary>
public sealed record FrameLimits
{
    /// <summary>Replicas of the own site and of other sites.</summary>
    public static readonly FrameLimits Peer = new()
    {
        Name = "peer",
        FrameBytesMax = 4 << 20,
        SendQueueBytesMax = 32 << 20,
        SendQueueFramesMax = 16384,
        ConnectionsPerPinMax = 2,
        ConnectionsMax = 256,
    };

    public static readonly FrameLimits Client = new()
    {
        Name = "client",
        FrameBytesMax = 512 << 10,
        SendQueueBytesMax = 1 << 20,
        SendQueueFramesMax = 1024,
        ConnectionsPerPinMax = 4,
        ConnectionsMax = 512,
    };

    /// <summary>Connections are counted by this name.</summary>
    public required string Name { get; init; }

    /// <summary>Longest frame taken from this peer, without its length prefix.</summary>
    public required int FrameBytesMax { get; init; }

    /// <summary>Longest frame sent to it, where that is another length: one that the peer does not take would end the
    /// connection, so it is dropped here.</summary>
    public int? SentFrameBytesMax { get; init; }

    /// <summary>Frames beyond either of these two are dropped and counted, never waited for.</summary>
    public required long SendQueueBytesMax { get; init; }

    public required int SendQueueFramesMax { get; init; }

    /// <summary>If set, what waits to be sent is bounded for all connections together, too.</summary>
    public SendRoom? SendRoom { get; init; }

    /// <summary>One more, and the oldest of the same peer is closed: it may be a dead one.</summary>
    public required int ConnectionsPerPinMax { get; init; }

    /// <summary>One more, of whatever pin, is refused.</summary>
    public required int ConnectionsMax { get; init; }

    /// <summary>If set, a full class lets a newcomer in, and the oldest connection of the address with the most of them
    /// goes if it has been there for so long: for callers who have proved nothing yet, and are soon done.</summary>
    public TimeSpan? YieldsAfter { get; init; }

    /// <summary>A frame that is begun has to be whole, and a write taken by the other side, within this time.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);
}
