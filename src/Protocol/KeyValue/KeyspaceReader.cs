namespace Holdfast.Protocol;

/// <summary>Reads the store as it is and, back to the last compaction, as it was.</summary>
internal sealed class KeyspaceReader(IReadOnlyState state)
{
    public KeyspaceMark Mark => KeyspaceMark.Load(state);

    /// <summary>All living keys.</summary>
    public int Count(KeyRange keys) =>
        state.CountBetween(KeyspaceLayout.Living(keys.From), KeyspaceLayout.LivingEnd(keys.To));

    public KeyValueItem? Get(Bytes key, bool withValue)
    {
        if (!state.TryGet(KeyspaceLayout.Living(key), out var bytes))
        {
            return null;
        }

        var revision = LastChange.Decode(bytes).Revision;
        return VersionAt(key, revision, withValue).ToItem(key, revision);
    }

    /// <summary>The revision must be one that can be read; 0 is the present.</summary>
    public KeyValueReply.Range Range(RangeRequest request, ulong shownRevision)
    {
        var withValue = request.Parts == RangeParts.KeysAndValues;
        var (items, isFull, room, count) = (new List<KeyValueItem>(), false, KeyValueLimits.RangeBytes, 0);
        var source = request.Revision == 0 ? Living(request.Keys, withValue) : Past(request, withValue);
        foreach (var item in request.Revision == 0 && request.Parts == RangeParts.CountOnly ? [] : source)
        {
            count++;
            room -= KeyValueItem.FixedBytes + item.Key.Length + item.Value.Length;
            isFull |= room < 0 || items.Count == ItemsMax(request);
            if (isFull && request.Revision == 0)
            {
                break;
            }

            if (!isFull)
            {
                items.Add(item);
            }
        }

        count = request.Revision == 0 ? Count(request.Keys) : count;
        var more = request.Parts != RangeParts.CountOnly && items.Count < count;
        return new(shownRevision, ValueList.From(items), more, (ulong)count);
    }

    /// <summary>The last global sequence that changed anything a range looks at. Exact for one key as it is. For all
    /// else it is the whole store's: later than need be at times, which is allowed, and never earlier.</summary>
    public GlobalSequence ChangedAt(RangeRequest request)
    {
        var mark = Mark;
        if (!request.Keys.IsSingle || request.Revision != 0)
        {
            return mark.ChangedAt;
        }

        var key = request.Keys.From;
        return state.TryGet(KeyspaceLayout.Living(key), out var bytes)
            || state.TryGet(KeyspaceLayout.Tombstone(key), out bytes)
            ? LastChange.Decode(bytes).ChangedAt
            : mark.ForgotAt;
    }

    /// <summary>The first event looked at must not be compacted.</summary>
    public KeyValueReply.Changes Changes(KeyRange keys, EventPlace from, uint limit)
    {
        var (mark, events, room, seen) = (Mark, new List<KeyValueEvent>(), KeyValueLimits.RangeBytes, 0);
        var limitNow = limit == 0 ? KeyValueLimits.EventsPerQuery : (int)Math.Min(limit, KeyValueLimits.EventsPerQuery);
        var next = new EventPlace(mark.Revision + 1, 0);
        foreach (var (entry, key) in state.Range(KeyspaceLayout.Event(from), KeyspaceLayout.Event(next)))
        {
            var place = KeyspaceLayout.PlaceOfEvent(entry);
            var version = keys.Contains(key) ? VersionAt(key, place.Revision, withValue: true) : default;
            room -= KeyValueItem.FixedBytes + sizeof(ulong) + key.Length + version.Value.Length;
            if (room < 0 || events.Count == limitNow || seen == KeyValueLimits.EventsPerQuery)
            {
                return new(mark.Revision, ValueList.From(events), place);
            }

            seen++;
            if (keys.Contains(key))
            {
                events.Add(new(place, version.IsDeleted, version.ToItem(key, place.Revision)));
            }
        }

        return new(mark.Revision, ValueList.From(events), next);
    }

    public IEnumerable<KeyValueItem> Living(KeyRange keys, bool withValue)
    {
        var (from, to) = (KeyspaceLayout.Living(keys.From), KeyspaceLayout.LivingEnd(keys.To));
        foreach (var (entry, change) in state.Range(from, to))
        {
            var (key, revision) = (KeyspaceLayout.KeyOfLiving(entry), LastChange.Decode(change).Revision);
            yield return VersionAt(key, revision, withValue).ToItem(key, revision);
        }
    }

    public KeyVersion VersionAt(Bytes key, ulong revision, bool withValue)
    {
        Invariant.Holds(state.TryGet(KeyspaceLayout.History(key, revision), out var bytes), "V1");
        return KeyVersion.Decode(bytes, withValue);
    }

    private static int ItemsMax(RangeRequest request)
    {
        if (request.Parts == RangeParts.CountOnly)
        {
            return 0;
        }

        return request.Limit == 0
            ? KeyValueLimits.ItemsPerReply
            : (int)Math.Min(request.Limit, KeyValueLimits.ItemsPerReply);
    }

    /// <summary>From key to key by seeking: a key with a long history costs no more than another.</summary>
    private IEnumerable<KeyValueItem> Past(RangeRequest request, bool withValue)
    {
        var end = KeyspaceLayout.HistoryEnd(request.Keys.To);
        var from = KeyspaceLayout.HistoryOf(request.Keys.From);
        while (FirstOf(from, end) is { } newest)
        {
            var (key, _) = KeyspaceLayout.KeyOfHistory(newest.Key);
            from = KeyspaceLayout.History(key, 0);
            if (FirstOf(KeyspaceLayout.History(key, request.Revision), from) is { } found)
            {
                var version = KeyVersion.Decode(found.Value, withValue);
                if (!version.IsDeleted)
                {
                    yield return version.ToItem(key, KeyspaceLayout.KeyOfHistory(found.Key).Revision);
                }
            }
        }
    }

    private KeyValuePair<Bytes, Bytes>? FirstOf(Bytes from, Bytes to)
    {
        foreach (var entry in state.Range(from, to))
        {
            return entry;
        }

        return null;
    }
}
