using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An update that waits at the leading site for its entry.</summary>
internal sealed record QueuedUpdate(SiteId From, ClientRequest Update);

/// <summary>What waits at the leading site of an installed view, in order of arrival, and what each site may still
/// forward.</summary>
internal sealed class ProposalQueue(int sites)
{
    private readonly SavedTable<QueuedUpdate> _updates = new(OrderingKeys.Queue, WriteRow);
    private readonly SortedSet<Digest> _names = [];
    private readonly ulong[] _highestNumber = new ulong[sites];
    private readonly int[] _waiting = new int[sites];
    private readonly long[] _waitingBytes = new long[sites];
    private ulong _taken;

    public int Count => _updates.Count;

    public long Size { get; private set; }

    /// <summary>How many updates a site may have forwarded in all in this view. Never falls: what waits was counted
    /// when it came.</summary>
    public ulong CreditsFor(SiteId site) =>
        _highestNumber[site.Index] + (ulong)Math.Max(0, Limits.ForwardCredits - _waiting[site.Index]);

    /// <summary>Takes an update once. False if the site has more waiting than its credits allow. A number below the highest
    /// one comes late, because the outbox that it lay in was cut, and no register asks for it again: it has room as long as a
    /// site can have so much pending.</summary>
    public bool TryTake(SiteId from, ulong number, ClientRequest update)
    {
        var site = from.Index;
        var itemsMax = number <= _highestNumber[site] ? Limits.PendingUpdates : Limits.ForwardCredits;
        if (_waiting[site] >= itemsMax || _waitingBytes[site] >= Limits.ForwardedBytesWaiting || number > CreditsFor(from))
        {
            return false;
        }

        _highestNumber[from.Index] = Math.Max(_highestNumber[from.Index], number);
        Add(from, update);
        return true;
    }

    /// <summary>Counts a number whose update needs no place: it is in the log already.</summary>
    public void CountKnown(SiteId from, ulong number)
    {
        if (number <= CreditsFor(from))
        {
            _highestNumber[from.Index] = Math.Max(_highestNumber[from.Index], number);
        }
    }

    /// <summary>Takes an own update; these are bounded where they are pending.</summary>
    public void TakeOwn(SiteId self, ClientRequest update) => Add(self, update);

    /// <summary>The next entry's updates: as many as an entry holds.</summary>
    public List<QueuedUpdate> TakeEntry()
    {
        var entry = new List<QueuedUpdate>();
        var size = 0L;
        while (Count > 0 && entry.Count < Limits.UpdatesPerEntry)
        {
            var (place, next) = _updates.First;
            size += FilledEntry.SizeOf(next.Update);
            if (entry.Count > 0 && size > Limits.EntryBytes)
            {
                break;
            }

            entry.Add(next);
            _updates.Remove(place);
            CountOut(next.From, next.Update);
        }

        return entry;
    }

    public void Clear()
    {
        _updates.Clear();
        _names.Clear();
        Array.Clear(_highestNumber);
        Array.Clear(_waiting);
        Array.Clear(_waitingBytes);
        Size = 0;
    }

    public void Save(AuthenticatedMap map, WireWriter scalars)
    {
        _updates.Save(map);
        scalars.UInt64(_taken);
        foreach (var number in _highestNumber)
        {
            scalars.UInt64(number);
        }
    }

    public void LoadScalars(ref WireReader reader)
    {
        _taken = reader.UInt64();
        for (var site = 0; site < _highestNumber.Length; site++)
        {
            _highestNumber[site] = reader.UInt64();
        }
    }

    public void LoadRow(ulong place, ref WireReader reader)
    {
        var from = reader.Site();
        if (FilledEntry.ReadUpdate(ref reader) is { } update)
        {
            _updates.Loaded(place, new(from, update));
            CountIn(from, update);
        }
    }

    private static void WriteRow(WireWriter writer, QueuedUpdate queued)
    {
        writer.Site(queued.From);
        writer.Bytes(queued.Update.Encoded);
    }

    private void Add(SiteId from, ClientRequest update)
    {
        if (!_names.Contains(update.Digest))
        {
            _taken++;
            _updates.Set(_taken, new(from, update));
            CountIn(from, update);
        }
    }

    private void CountIn(SiteId from, ClientRequest update)
    {
        _names.Add(update.Digest);
        _waiting[from.Index]++;
        _waitingBytes[from.Index] += FilledEntry.SizeOf(update);
        Size += FilledEntry.SizeOf(update);
    }

    private void CountOut(SiteId from, ClientRequest update)
    {
        _names.Remove(update.Digest);
        _waiting[from.Index]--;
        _waitingBytes[from.Index] -= FilledEntry.SizeOf(update);
        Size -= FilledEntry.SizeOf(update);
    }
}
