namespace Holdfast.Protocol;

/// <summary>Reads the store as it is and, back to the last compaction, as it was.</summary>
internal sealed class KeyspaceReader(IReadOnlyState state)
{
    public KeyspaceMark Mark => KeyspaceMark.Load(state);

    /// <summary>All living keys.</summary>
    public int Count(KeyRange keys) =>
        state.CountBetween(KeyspaceLayout.Living(keys.From), KeyspaceLayout.LivingEnd(keys.To));

    /// <summary>All keys of which there is a version, living or not.</summary>
    public int CountEver(KeyRange keys) => Count(keys) + state.CountBetween(
        KeyspaceLayout.Tombstone(keys.From), KeyspaceLayout.TombstoneEnd(keys.To));

    /// <summary>How long all living keys with their values are, not counted further than beyond a bound.</summary>
    public long BytesOf(KeyRange keys, long bytesMax)
    {
        var bytes = 0L;
        foreach (var item in Living(keys, withValue: true))
        {
            bytes += KeyValueItem.FixedBytes + item.Key.Length + item.Value.Length;
            if (bytes > bytesMax)
            {
                break;
            }
        }

        return bytes;
    }

    public KeyValueItem? Get(Bytes key, bool withValue)
    {
        if (!state.TryGet(KeyspaceLayout.Living(key), out var bytes))
        {
            return null;
        }

        var revision = LastChange.Decode(bytes).Revision;
        return VersionAt(key, revision, withValue).ToItem(key, revision);
    }

    /// <summary>The range at the present, whose keys are counted without looking at them, or at a revision that can be read. Of a
    /// past one only so many keys are looked at: a reply with items then says that there is more, and counts what it looked at;
    /// one that has none, or that only counts, is a refusal.</summary>
    /// <param name="pastKeysMax">How many keys of the past may be looked at.</param>
    public KeyValueReply Range(RangeRequest request, ulong shownRevision, int pastKeysMax)
    {
        var (items, count, isCut) = request.Revision == 0 ? Present(request) : Past(request, pastKeysMax);
        if (isCut && items.Count == 0)
        {
            return new KeyValueReply.Refused(shownRevision, KeyValueError.TooManyKeys);
        }

        var more = isCut || (request.Parts != RangeParts.CountOnly && items.Count < count);
        return new KeyValueReply.Range(shownRevision, ValueList.From(items), more, (ulong)count);
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

    public static int ItemsMax(RangeRequest request)
    {
        if (request.Parts == RangeParts.CountOnly)
        {
            return 0;
        }

        return request.Limit == 0
            ? KeyValueLimits.ItemsPerReply
            : (int)Math.Min(request.Limit, KeyValueLimits.ItemsPerReply);
    }

    private (List<KeyValueItem> Items, int Count, bool IsCut) Present(RangeRequest request)
    {
        var page = new Page(ItemsMax(request));
        var source = Living(request.Keys, withValue: request.Parts == RangeParts.KeysAndValues);
        foreach (var item in request.Parts == RangeParts.CountOnly ? [] : source)
        {
            if (!page.TryAdd(item))
            {
                break;
            }
        }

        return (page.Items, Count(request.Keys), false);
    }

    /// <summary>From key to key by seeking: a key with a long history costs no more than another.</summary>
    private (List<KeyValueItem> Items, int Count, bool IsCut) Past(RangeRequest request, int keysMax)
    {
        var (page, count, left) = (new Page(ItemsMax(request)), 0, keysMax);
        var end = KeyspaceLayout.HistoryEnd(request.Keys.To);
        var from = KeyspaceLayout.HistoryOf(request.Keys.From);
        while (FirstOf(from, end) is { } newest)
        {
            if (left-- == 0)
            {
                return (page.Items, count, true);
            }

            var (key, _) = KeyspaceLayout.KeyOfHistory(newest.Key);
            from = KeyspaceLayout.History(key, 0);
            if (FirstOf(KeyspaceLayout.History(key, request.Revision), from) is { } found
                && KeyVersion.Decode(found.Value, request.Parts == RangeParts.KeysAndValues) is { IsDeleted: false } version)
            {
                count++;
                page.TryAdd(version.ToItem(key, KeyspaceLayout.KeyOfHistory(found.Key).Revision));
            }
        }

        return (page.Items, count, false);
    }

    private KeyValuePair<Bytes, Bytes>? FirstOf(Bytes from, Bytes to)
    {
        foreach (var entry in state.Range(from, to))
        {
            return entry;
        }

        return null;
    }

    /// <summary>The items of one reply: none behind the first that has no room.</summary>
    private sealed class Page(int itemsMax)
    {
        private int _room = KeyValueLimits.RangeBytes;
        private bool _isFull;

        public List<KeyValueItem> Items { get; } = [];

        public bool TryAdd(KeyValueItem item)
        {
            _room -= KeyValueItem.FixedBytes + item.Key.Length + item.Value.Length;
            _isFull |= _room < 0 || Items.Count == itemsMax;
            if (!_isFull)
            {
                Items.Add(item);
            }

            return !_isFull;
        }
    }
}
