using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An update of an own client, pending until it is executed.</summary>
/// <param name="Number">Its number among those forwarded in the installed view; 0 while it waits for credit.</param>
/// <param name="ForwardedAt">When it was forwarded; meaningless while <paramref name="Number"/> is 0.</param>
internal sealed record OwnUpdate(ClientRequest Update, ulong Number, Timestamp ForwardedAt);

/// <summary>The updates of the own clients, in the order in which they were taken, until they are executed.</summary>
internal sealed class OwnUpdates
{
    private readonly SavedTable<OwnUpdate> _updates = new(OrderingKeys.Own, WriteRow);
    private readonly SortedDictionary<Digest, ulong> _places = [];
    private readonly SortedSet<ulong> _unforwarded = [];
    private readonly ClientShares _shares = new(Limits.PendingUpdates, Limits.PendingBytes);
    private long _forwardedSize;
    private ulong _taken;

    /// <summary>The highest number given out in this view.</summary>
    public ulong LastNumber { get; private set; }

    public int Count => _updates.Count;

    public IEnumerable<ClientRequest> All => _updates.Rows.Select(row => row.Value.Update);

    /// <summary>When the oldest update that is out under a credit was forwarded.</summary>
    public Timestamp OldestForwarded
    {
        get
        {
            foreach (var (_, own) in _updates.Rows)
            {
                if (own.Number > 0)
                {
                    return own.ForwardedAt;
                }
            }

            return Timestamp.Never;
        }
    }

    public ClientRequest? Find(Digest name) =>
        _places.TryGetValue(name, out var place) ? _updates.Find(place)!.Update : null;

    public bool HasRoomFor(ClientRequest update) => RefusalOf(update) == Rejection.None;

    /// <summary>Refused if there is no room, for this client or at all. An update that is pending already is taken
    /// once.</summary>
    public Rejection TryTake(ClientRequest update)
    {
        if (_places.ContainsKey(update.Digest))
        {
            return Rejection.None;
        }

        var refusal = RefusalOf(update);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        _taken++;
        _updates.Set(_taken, new(update, 0, default));
        _places.Add(update.Digest, _taken);
        _unforwarded.Add(_taken);
        _shares.Add(update.Client, FilledEntry.SizeOf(update));
        return Rejection.None;
    }

    /// <summary>Executed, or settled in another way.</summary>
    public void Remove(Digest name)
    {
        if (_places.Remove(name, out var place))
        {
            var own = _updates.Find(place)!;
            _updates.Remove(place);
            _unforwarded.Remove(place);
            _shares.Remove(own.Update.Client, FilledEntry.SizeOf(own.Update));
            _forwardedSize -= own.Number > 0 ? FilledEntry.SizeOf(own.Update) : 0;
        }
    }

    /// <summary>Numbers what may be forwarded now, oldest first.</summary>
    /// <param name="numberMax">The credits of the leading site.</param>
    /// <param name="isInLog">What stands in the log need not be forwarded.</param>
    public List<ForwardedUpdate> Forward(Timestamp now, ulong numberMax, long sizeMax, Func<Digest, bool> isInLog)
    {
        var forwarded = new List<ForwardedUpdate>();
        foreach (var place in _unforwarded)
        {
            var update = _updates.Find(place)!.Update;
            var size = FilledEntry.SizeOf(update);
            if (LastNumber >= numberMax || _forwardedSize + size > sizeMax)
            {
                break;
            }

            if (!isInLog(update.Digest))
            {
                LastNumber++;
                _forwardedSize += size;
                _updates.Set(place, new(update, LastNumber, now));
                forwarded.Add(new(LastNumber, update));
            }
        }

        foreach (var update in forwarded)
        {
            _unforwarded.Remove(_places[update.Update.Digest]);
        }

        return forwarded;
    }

    /// <summary>What is out under a credit, with the numbers that it went out under.</summary>
    public List<ForwardedUpdate> Forwarded() =>
    [
        .. _updates.Rows
            .Where(row => row.Value.Number > 0)
            .Select(row => new ForwardedUpdate(row.Value.Number, row.Value.Update)),
    ];

    /// <summary>A new view: all counting begins again.</summary>
    public void ForgetForwarding()
    {
        foreach (var (place, own) in _updates.Rows.Where(row => row.Value.Number > 0).ToArray())
        {
            _updates.Set(place, own with { Number = 0, ForwardedAt = default });
            _unforwarded.Add(place);
        }

        (LastNumber, _forwardedSize) = (0, 0);
    }

    public void Save(AuthenticatedMap map, WireWriter scalars)
    {
        _updates.Save(map);
        scalars.UInt64(_taken);
        scalars.UInt64(LastNumber);
    }

    public void LoadScalars(ref WireReader reader) => (_taken, LastNumber) = (reader.UInt64(), reader.UInt64());

    public void LoadRow(ulong place, ref WireReader reader)
    {
        var (number, at) = (reader.UInt64(), reader.Time());
        if (FilledEntry.ReadUpdate(ref reader) is not { } update)
        {
            return;
        }

        _updates.Loaded(place, new(update, number, at));
        _places.Add(update.Digest, place);
        _shares.Add(update.Client, FilledEntry.SizeOf(update));
        if (number > 0)
        {
            _forwardedSize += FilledEntry.SizeOf(update);
        }
        else
        {
            _unforwarded.Add(place);
        }
    }

    private Rejection RefusalOf(ClientRequest update) =>
        _shares.Judge(update.Client, FilledEntry.SizeOf(update), Rejection.Overloaded);

    private static void WriteRow(WireWriter writer, OwnUpdate own)
    {
        writer.UInt64(own.Number);
        writer.Time(own.ForwardedAt);
        writer.Bytes(own.Update.Encoded);
    }
}
