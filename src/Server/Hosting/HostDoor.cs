using Holdfast.Node;
using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>The way in, shared by both ports: the lanes in which frames are checked, the gate that checks them, the
/// queue before the pump.</summary>
internal sealed record HostDoor(
    Gate Gate,
    WorkLanes<ReplicaId> ReplicaLanes,
    WorkLanes<Bytes> ClientLanes,
    InputQueue Queue,
    PumpCounters Counters);
