using Holdfast.Node;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Server.Metrics;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Hosting;

/// <summary>Where a replica's numbers come from.</summary>
internal sealed record HostParts(
    PumpCounters Pump,
    Ed25519Verifier Verifier,
    ReplicaNetwork Network,
    TransportCounters Transport,
    HostDoor Door,
    HostView View,
    ClientPort Clients,
    Admission Admission,
    IEvidenceStore Evidence);

/// <summary>The list of all numbers that a replica shows. Names are promises to dashboards.</summary>
internal static class HostNumbers
{
    public static void Show(HostMeter meter, HostParts parts)
    {
        ShowWork(meter, parts);
        ShowRoads(meter, parts);
        ShowStanding(meter, parts.View);
        meter.Gauges<EvidenceKind>(
            "holdfast_evidence",
            "Proofs against replicas of the own site that are kept, by kind.",
            "kind",
            kind => parts.Evidence.CountOf(kind));
    }

    private static void ShowWork(HostMeter meter, HostParts parts)
    {
        var (pump, door, admission) = (parts.Pump, parts.Door, parts.Admission);
        meter.Counter("holdfast_turns_total", "Turns of the pump.", () => pump.Turns);
        meter.Counter("holdfast_steps_total", "Inputs thought through.", () => pump.Steps);
        meter.Counter("holdfast_journal_flushes_total", "Flushes of the journal.", () => pump.Flushes);
        meter.Counter("holdfast_signatures_made_total", "Signatures in the replica's name.", () => pump.Signatures);
        meter.Counter(
            "holdfast_signatures_checked_total",
            "Signatures checked, without those known from before.",
            () => parts.Verifier.Verified);
        meter.Counter("holdfast_signature_shares_total", "Shares of the site's signatures.", () => pump.Shares);
        meter.Counter(
            "holdfast_signatures_combined_total", "Signatures of the site put together here.", () => pump.Combined);
        meter.Counter("holdfast_states_saved_total", "States saved to the store.", () => pump.StatesSaved);
        meter.Counters<Rejection>(
            "holdfast_refused_total", "What came in and was refused, by name.", "reason", pump.RefusedFor);
        meter.Counter("holdfast_requests_answered_total", "Client requests that came in here and are settled.", () => admission.Settled);
        meter.Counter(
            "holdfast_updates_total",
            "Updates of the site's own clients executed since the start.",
            () => (long)parts.View.Status.ExecutedUpdates);
        meter.Gauge(
            "holdfast_request_latency_seconds",
            "Median of the last requests, from the door to their outcome.",
            () => admission.MedianLatency?.TotalSeconds ?? 0);
        meter.Gauge("holdfast_requests_under_way", "Client requests let in and not settled.", () => admission.Count);
        meter.Gauge(
            "holdfast_requests_room", "How many may be under way while clients compete.", () => admission.Room);
        meter.Gauge("holdfast_queue_replica_inputs", "Inputs of replicas that wait.", () => door.Queue.ReplicaInputs);
        meter.Gauge("holdfast_queue_client_inputs", "Inputs of clients that wait.", () => door.Queue.ClientInputs);
        meter.Gauge(
            "holdfast_lane_replica_frames", "Frames of replicas to be checked.", () => door.ReplicaLanes.Waiting);
        meter.Gauge("holdfast_lane_client_frames", "Frames of clients to be checked.", () => door.ClientLanes.Waiting);
    }

    private static void ShowRoads(HostMeter meter, HostParts parts)
    {
        var (network, transport, clients) = (parts.Network, parts.Transport, parts.Clients);
        meter.Counter("holdfast_wan_frames_sent_total", "Frames to other sites.", () => network.SiteFrames);
        meter.Counter("holdfast_wan_bytes_sent_total", "Bytes to other sites.", () => network.SiteBytes);
        meter.Counter("holdfast_lan_frames_sent_total", "Frames inside the site.", () => network.PeerFrames);
        meter.Counter("holdfast_lan_bytes_sent_total", "Bytes inside the site.", () => network.PeerBytes);
        meter.Counter("holdfast_frames_lost_total", "Frames without a road or room.", () => network.Lost);
        meter.Counters<ConnectionEnd>(
            "holdfast_connections_ended_total", "Connections that ended or never came about.", "end", end =>
                transport[end]);
        meter.Gauge("holdfast_peers_connected", "Roads to other replicas that are open.", () => network.Connected);
        meter.Gauge("holdfast_client_connections", "Connections of clients.", () => clients.Connections);
    }

    private static void ShowStanding(HostMeter meter, HostView view)
    {
        meter.Gauge("holdfast_site_view", "View of the site.", () => view.Status.View.Number);
        meter.Gauge("holdfast_site_sequence", "Batches executed.", () => view.Status.Executed.Number);
        meter.Gauge("holdfast_stable_sequence", "Last stable checkpoint.", () => view.Status.Stable.Number);
        meter.Gauge("holdfast_global_view", "Installed global view.", () => view.Status.InstalledView.Number);
        meter.Gauge("holdfast_global_sequence", "Entries executed.", () => view.Status.GlobalExecuted.Number);
        meter.Gauge(
            "holdfast_global_committed", "Entries known to be committed.", () => view.Status.GlobalCommitted.Number);
        meter.Gauge(
            "holdfast_pending_updates", "Own clients' updates not executed yet.", () => view.Status.PendingUpdates);
        meter.Gauge(
            "holdfast_link_held_bytes",
            "Bytes in the outboxes of all links.",
            () => view.Status.Links.Sum(link => link.HeldBytes));
    }
}
