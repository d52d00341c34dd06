using Holdfast.Node.Storage;

namespace Holdfast.Simulation;

/// <summary>A state store that keeps every save whole, as a transaction of a real one does.</summary>
public sealed class VirtualStateStore : IStateStore
{
    private readonly SortedDictionary<(byte Part, Bytes Key), Bytes> _entries = [];
    private ulong _sequence;
    private byte[]? _proof;

    public string Name => "of a virtual disk";

    public StoredState? Load() => _proof is null
        ? null
        : new StoredState(
            _sequence,
            _proof,
            [.. _entries.Select(entry =>
                new StateEntry(entry.Key.Part, MapEntry.Hashed(entry.Key.Key, entry.Value)))]);

    public void Save(ulong sequence, byte[] checkpointProof, IEnumerable<StateChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        foreach (var (part, key, value) in changes)
        {
            if (value is null)
            {
                _entries.Remove((part, new Bytes(key)));
            }
            else
            {
                _entries[(part, new Bytes(key))] = new Bytes(value);
            }
        }

        (_sequence, _proof) = (sequence, checkpointProof);
    }

    public VirtualStateStore Copy()
    {
        var copy = new VirtualStateStore { _sequence = _sequence, _proof = _proof };
        foreach (var (key, value) in _entries)
        {
            copy._entries.Add(key, value);
        }

        return copy;
    }

    public void Dispose()
    {
    }
}
