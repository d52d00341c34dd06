using Holdfast.Protocol;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Hosting;

/// <summary>What a replica's host gives to those who talk to it.</summary>
internal static class HostLimits
{
    public const int ReplicaLanes = 2;
    public const int ClientLanes = 1;
    /// <summary>What waits to be sent to all clients together.</summary>
    public const long ClientSendBytes = 128L * 1024 * 1024;

    /// <summary>Connections under one client key: each reply goes to all of them.</summary>
    public const int ConnectionsPerClient = 8;

    /// <summary>Of all clients, before those who have the most lose some; the class as a whole takes a quarter more,
    /// until they are gone.</summary>
    public const int ClientConnections = 256;

    /// <summary>Frames that wait to be looked at, of one connection that has not said who it is.</summary>
    public const int FramesPerStranger = 4;

    /// <summary>A hello has room, and little more.</summary>
    public const int StrangerFrameBytes = 1024;

    /// <summary>Of frames that wait to be checked. Those who share a lane share its room, too.</summary>
    public static readonly LaneBounds ReplicaLane = new(4 * 1024, 32L * 1024 * 1024);
    public static readonly LaneBounds ClientLane = new(4 * 1024, 16L * 1024 * 1024);

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
        ConnectionsMax = ClientConnections / 4 * 5,
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
