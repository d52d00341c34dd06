using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The states of the global order that a site's registers tell. When one is told follows from the executed
/// entries alone, so all sites tell the same places, and can be held against one another.</summary>
internal sealed class ToldStates(Retention retention)
{
    private readonly List<ToldState> _last = [];
    private uint _entries;
    private ulong _bytes;
    private Timestamp _since;

    /// <summary>The newest one; place 0 before the first.</summary>
    public ToldState Newest => _last.Count == 0 ? default : _last[^1];

    /// <summary>Counts an executed entry. True if the state after it is to be told.</summary>
    public bool IsDueAfter(FilledEntry filled)
    {
        _since = _entries == 0 && _last.Count == 0 ? filled.Entry.Time : _since;
        (_entries, _bytes) = (_entries + 1, _bytes + (ulong)filled.Size);
        return _entries >= retention.ToldEvery
            || _bytes >= Limits.StateToldBytes
            || filled.Entry.Time - _since >= retention.ToldAfter;
    }

    /// <param name="at">GlobalTime of the entry.</param>
    public void Tell(ToldState told, Timestamp at)
    {
        _last.Add(told);
        if (_last.Count > Limits.ToldStatesKept)
        {
            _last.RemoveAt(0);
        }

        (_entries, _bytes, _since) = (0, 0, at);
    }

    /// <summary>Whether this site told another state at that place.</summary>
    public bool Contradicts(ToldState other) => _last.Exists(own => own.At == other.At && own.Digest != other.Digest);

    public void Save(WireWriter writer)
    {
        writer.Count(_last.Count);
        foreach (var told in _last)
        {
            told.Write(writer);
        }

        writer.UInt32(_entries);
        writer.UInt64(_bytes);
        writer.Time(_since);
    }

    public void Load(ref WireReader reader)
    {
        for (var left = reader.Count(Limits.ToldStatesKept); left > 0; left--)
        {
            _last.Add(ToldState.Read(ref reader));
        }

        (_entries, _bytes, _since) = (reader.UInt32(), reader.UInt64(), reader.Time());
    }
}
