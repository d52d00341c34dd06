namespace Holdfast.Protocol;

/// <summary>Rows by number, in order, that remember which of them changed since they were last saved: so that a
/// checkpoint costs what changed, however long the table is.</summary>
/// <param name="write">Writes one row; its mirror stands where the table is loaded.</param>
internal sealed class SavedTable<TRow>(byte table, Action<WireWriter, TRow> write)
    where TRow : class
{
    private readonly SortedDictionary<ulong, TRow> _rows = [];
    private readonly SortedSet<ulong> _changed = [];

    public int Count => _rows.Count;

    /// <summary>In the order of their numbers.</summary>
    public IEnumerable<KeyValuePair<ulong, TRow>> Rows => _rows;

    /// <summary>The row with the lowest number; the table must not be empty.</summary>
    public KeyValuePair<ulong, TRow> First => _rows.First();

    public TRow? Find(ulong number) => _rows.GetValueOrDefault(number);

    public void Set(ulong number, TRow row)
    {
        _rows[number] = row;
        _changed.Add(number);
    }

    public bool Remove(ulong number)
    {
        _changed.Add(number);
        return _rows.Remove(number);
    }

    public void Clear()
    {
        foreach (var number in _rows.Keys)
        {
            _changed.Add(number);
        }

        _rows.Clear();
    }

    /// <summary>Takes over a row that was saved: it has not changed since.</summary>
    public void Loaded(ulong number, TRow row) => _rows[number] = row;

    public void Save(AuthenticatedMap map)
    {
        foreach (var number in _changed)
        {
            var key = OrderingKeys.Row(table, number);
            if (Find(number) is { } row)
            {
                var writer = new WireWriter();
                write(writer, row);
                map.Set(key, writer.ToBytes());
            }
            else
            {
                map.Remove(key);
            }
        }

        _changed.Clear();
    }
}

/// <summary>Where the ordering's state lies in the site's map: one prefix, one byte for the table, the row's
/// number.</summary>
internal static class OrderingKeys
{
    public const byte Scalars = 0;
    public const byte Log = 1;
    public const byte Own = 2;
    public const byte Queue = 3;
    public const byte Waiting = 4;
    public const byte ViewChanges = 5;
    public const byte NewView = 6;
    public const byte Bodies = 7;

    public static readonly Bytes Prefix = Bytes.FromText("ordering/");

    /// <summary>The first key behind all that begin with the prefix.</summary>
    public static readonly Bytes AfterPrefix = Bytes.FromText("ordering0");

    public static Bytes Row(byte table, ulong number)
    {
        var writer = new WireWriter(Prefix.Length + 1 + sizeof(ulong));
        writer.Fixed(Prefix.Span);
        writer.Byte(table);
        writer.UInt64(number);
        return writer.ToBytes();
    }

    public static (byte Table, ulong Number) Parse(Bytes key)
    {
        var reader = new WireReader(key.Span);
        var prefix = reader.Fixed(Prefix.Length);
        var row = (reader.Byte(), reader.UInt64());
        Invariant.Holds(reader.Finished && prefix == Prefix, "G9");
        return row;
    }
}
