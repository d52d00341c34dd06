using Holdfast.Protocol;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Hosting;

/// <summary>What a replica's host gives to those who talk to it.</summary>
internal static class HostLimits
{
    public const int ReplicaLanes = 2;
    public const int ClientLanes = 1;
    public const int FramesPerLane = 4 * 1024;
    public const long ReplicaLaneBytes = 64L * 1024 * 1024;
    public const long ClientLaneBytes = 16L * 1024 * 1024;

    /// <summary>Connections under one client key: each reply goes to all of them.</summary>
    public const int ConnectionsPerClient = 8;

    /// <summary>Frames of one client connection that wait to be looked at: before its hello, and after. All connections
    /// of one client together leave others half of the lane, in number and in bytes.</summary>
    public const int FramesPerStranger = 4;
    public const int FramesPerConnection = FramesPerLane / ConnectionsPerClient / 2;
    public const long BytesPerConnection = ClientLaneBytes / ConnectionsPerClient / 2;

    /// <summary>A hello has room, and little more.</summary>
    public const int StrangerFrameBytes = 1024;

    /// <summary>For TLS and hello together, also on a machine that starts many replicas at once.</summary>
    public static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(15);

    /// <summary>Until a client has said who it is.</summary>
    public static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(5);

    public static readonly FrameLimits Peer = FrameLimits.Peer with { FrameBytesMax = Limits.FrameBytes };

    /// <summary>The longest reply has room, and then some.</summary>
    public static readonly FrameLimits Client = FrameLimits.Client with
    {
        FrameBytesMax = Limits.ClientFrameBytes,
        SentFrameBytesMax = Limits.ReplyFrameBytes,
        SendQueueBytesMax = Limits.ReplyFrameBytes + (1024 * 1024),
        ConnectionsPerPinMax = ConnectionsPerClient,
        ConnectionsMax = 256,
    };

    /// <summary>A caller at the client port that has not said who it is: anyone may be one, so they have places of their
    /// own, and those who dawdle make room.</summary>
    public static readonly FrameLimits Stranger = Client with
    {
        Name = "stranger",
        FrameBytesMax = StrangerFrameBytes,
        ConnectionsMax = 64,
        YieldsAfter = TimeSpan.FromSeconds(1),
    };
}
