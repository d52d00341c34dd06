using System.Diagnostics.Metrics;
using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>The client's numbers, under the name <c>Holdfast.Client</c>.</summary>
internal sealed class ClientMeter : IDisposable
{
    private readonly Meter _meter = new("Holdfast.Client");
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refused;

    public ClientMeter()
    {
        _ended = _meter.CreateCounter<long>("holdfast.client.operations", description: "Operations by outcome.");
        _refused = _meter.CreateCounter<long>(
            "holdfast.client.refused", description: "What replicas sent that did not count, or refused, by name.");
    }

    public void Ended(ClientOutcome outcome) =>
        _ended.Add(1, new KeyValuePair<string, object?>("outcome", outcome.Outcome));

    public void Refused(ReplicaId replica, Rejection reason) => _refused.Add(
        1,
        new KeyValuePair<string, object?>("reason", reason),
        new KeyValuePair<string, object?>("replica", replica));

    public void Dispose() => _meter.Dispose();
}
