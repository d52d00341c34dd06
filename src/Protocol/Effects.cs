using System.Collections;
using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The ordered list of effects that one step fills.</summary>
public sealed class Effects : IReadOnlyList<Effect>
{
    private readonly List<Effect> _effects = [];

    public int Count => _effects.Count;

    public Effect this[int index] => _effects[index];

    public void Add(Effect effect) => _effects.Add(effect);

    public void Persist(JournalRecord record) => Add(new Effect.Persist(record));

    public void Broadcast(SiteWord word) => Add(new Effect.Broadcast(word));

    public void Send(int replica, SiteWord word) => Add(new Effect.Send(replica, word));

    public void Reject(int replica, Rejection reason) => Add(new Effect.Reject($"replica {replica}", reason));

    public void Reject(string source, Rejection reason) => Add(new Effect.Reject(source, reason));

    public void Clear() => _effects.Clear();

    public IEnumerator<Effect> GetEnumerator() => _effects.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _effects.GetEnumerator();
}
