namespace Holdfast.Protocol;

/// <summary>Changes the store, for one operation. All changes of one operation have one revision, given out with the
/// first of them.</summary>
internal sealed class KeyspaceWriter(IState state, GlobalSequence now)
{
    private readonly KeyspaceReader _reader = new(state);
    private KeyspaceMark _mark = KeyspaceMark.Load(state);
    private uint _order;

    public ulong Revision => _mark.Revision;

    /// <summary>The key must not have been changed by this operation before.</summary>
    public void Put(Bytes key, Bytes value, KeyValueItem? previous)
    {
        var revision = NextChange(key);
        var version = new KeyVersion(previous?.CreateRevision ?? revision, (previous?.Version ?? 0) + 1, value);
        state.Set(KeyspaceLayout.History(key, revision), version.Encode());
        state.Set(KeyspaceLayout.Living(key), new LastChange(revision, now).Encode());
        state.Remove(KeyspaceLayout.Tombstone(key));
    }

    /// <summary>The key must be there, and not have been changed by this operation before.</summary>
    public void Delete(Bytes key)
    {
        var revision = NextChange(key);
        state.Set(KeyspaceLayout.History(key, revision), default(KeyVersion).Encode());
        state.Set(KeyspaceLayout.Tombstone(key), new LastChange(revision, now).Encode());
        state.Remove(KeyspaceLayout.Living(key));
    }

    /// <summary>From now on, nothing before the revision can be read; <see cref="Finish"/> clears it away by and
    /// by.</summary>
    public void Compact(ulong revision) => _mark = _mark with { Compacted = revision, ChangedAt = now };

    /// <summary>Clears away some of what was compacted, and writes down how far the store is.</summary>
    public void Finish()
    {
        Sweep();
        if (_mark != _reader.Mark)
        {
            _mark.Save(state);
        }
    }

    private ulong NextChange(Bytes key)
    {
        if (_order == 0)
        {
            _mark = _mark with { Revision = _mark.Revision + 1, ChangedAt = now };
        }

        state.Set(KeyspaceLayout.Event(new(_mark.Revision, _order)), key);
        _order++;
        return _mark.Revision;
    }

    /// <summary>A change at or before the compacted revision makes the version before it superfluous, and itself too if
    /// it was a deletion. Events go oldest first, so there is one older version at most.</summary>
    private void Sweep()
    {
        var (from, to) = (KeyspaceLayout.Event(default), KeyspaceLayout.Event(new(_mark.Compacted + 1, 0)));
        foreach (var (entry, key) in state.Range(from, to).Take(KeyValueLimits.EventsSweptPerOperation))
        {
            var revision = KeyspaceLayout.PlaceOfEvent(entry).Revision;
            state.Remove(entry);
            foreach (var (older, _) in state.Range(
                KeyspaceLayout.History(key, revision - 1), KeyspaceLayout.History(key, 0)))
            {
                state.Remove(older);
            }

            if (_reader.VersionAt(key, revision, withValue: false).IsDeleted)
            {
                state.Remove(KeyspaceLayout.History(key, revision));
                Forget(key, revision);
            }
        }
    }

    private void Forget(Bytes key, ulong revision)
    {
        var tombstone = KeyspaceLayout.Tombstone(key);
        if (state.TryGet(tombstone, out var bytes) && LastChange.Decode(bytes).Revision == revision)
        {
            state.Remove(tombstone);
            _mark = _mark with { ForgotAt = now };
        }
    }
}
