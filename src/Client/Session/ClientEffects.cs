using System.Collections;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>The ordered list of effects that one step fills.</summary>
internal sealed class ClientEffects : IReadOnlyList<ClientEffect>
{
    private readonly List<ClientEffect> _effects = [];

    public int Count => _effects.Count;

    public ClientEffect this[int index] => _effects[index];

    public void Send(ReplicaId replica, ClientFrame frame) => _effects.Add(new ClientEffect.Send(replica, frame));

    public void Reach(SiteId site) => _effects.Add(new ClientEffect.Reach(site));

    public void Complete(ulong ticket, ClientOutcome outcome) =>
        _effects.Add(new ClientEffect.Complete(ticket, outcome));

    public void Reject(ReplicaId replica, Rejection reason) => _effects.Add(new ClientEffect.Reject(replica, reason));

    public void Clear() => _effects.Clear();

    public IEnumerator<ClientEffect> GetEnumerator() => _effects.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _effects.GetEnumerator();
}
