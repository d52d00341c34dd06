using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The nonce commitments that one replica has published and the site has agreed on, in the order in which they
/// are spent. It takes the next row or the next incarnation, once, and nothing else (N4).</summary>
public sealed class CommitmentStock(int replica)
{
    private const byte RowKey = (byte)'r';

    private readonly List<Row> _rows = [];
    private readonly List<(uint Incarnation, uint Row)> _dropped = [];
    private readonly List<Row> _taken = [];

    // Of the first row, so many are spent.
    private int _spent;

    /// <summary>0 before the first.</summary>
    public uint Incarnation { get; private set; }

    /// <summary>The row that would be taken next in this incarnation.</summary>
    public uint NextRow { get; private set; }

    /// <summary>Names the newest row that was taken: a process that made another one is not the one that
    /// speaks.</summary>
    public Digest NewestRow { get; private set; }

    public int Left => (_rows.Count * Limits.CommitmentsPerRow) - _spent;

    public InputStanding Judge(NonceCommitments row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Incarnation.CompareTo(Incarnation) switch
        {
            0 when row.Row < NextRow => InputStanding.Obsolete,
            0 when row.Row == NextRow && Incarnation > 0 && _rows.Count < Limits.RowsHeldPerReplica
                => InputStanding.Consumable,
            < 0 => InputStanding.Obsolete,
            > 0 when row.Incarnation == Incarnation + 1 && row.Row == 0 => InputStanding.Consumable,
            _ => InputStanding.Early,
        };
    }

    /// <summary>A new incarnation voids what is unspent: the nonces went with the process that made them.</summary>
    public void Take(NonceCommitments row)
    {
        ArgumentNullException.ThrowIfNull(row);
        Invariant.Holds(Judge(row) == InputStanding.Consumable, "N4");
        if (row.Incarnation > Incarnation)
        {
            while (_rows.Count > 0)
            {
                DropFirst();
            }

            Incarnation = row.Incarnation;
        }

        NextRow = row.Row + 1;
        NewestRow = NameOf(row.Points);
        var taken = new Row(row.Row, row.Points);
        _rows.Add(taken);
        _taken.Add(taken);
    }

    public static Digest NameOf(ValueList<NoncePoints> points) => Digest.Of(Encode(points).Span);

    /// <summary>The next commitment, never to be given again.</summary>
    public GroupMember Spend()
    {
        Invariant.Holds(Left > 0, "A2");
        var row = _rows[0];
        var member = new GroupMember(replica, Incarnation, row.Number, _spent, row.Points[_spent]);
        if (++_spent == Limits.CommitmentsPerRow)
        {
            DropFirst();
        }

        return member;
    }

    public void WriteScalars(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(Incarnation);
        writer.UInt32(NextRow);
        writer.Digest(NewestRow);
        writer.Count(_rows.Count);
        writer.Count(_spent);
    }

    public void SaveRows(IState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (var (incarnation, row) in _dropped)
        {
            state.Remove(KeyOf(incarnation, row));
        }

        foreach (var row in _taken)
        {
            if (_rows.Contains(row))
            {
                state.Set(KeyOf(Incarnation, row.Number), Encode(row.Points));
            }
        }

        _dropped.Clear();
        _taken.Clear();
    }

    public void Load(ref WireReader scalars, IReadOnlyState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _rows.Clear();
        _dropped.Clear();
        _taken.Clear();
        Incarnation = scalars.UInt32();
        NextRow = scalars.UInt32();
        NewestRow = scalars.Digest();
        var rows = (uint)scalars.UpTo(Limits.RowsHeldPerReplica);
        _spent = scalars.UpTo(Limits.CommitmentsPerRow);
        for (var row = NextRow - rows; row < NextRow; row++)
        {
            Invariant.Holds(state.TryGet(KeyOf(Incarnation, row), out var points), "M1");
            _rows.Add(new(row, Decode(points)));
        }
    }

    private void DropFirst()
    {
        _dropped.Add((Incarnation, _rows[0].Number));
        _rows.RemoveAt(0);
        _spent = 0;
    }

    private Bytes KeyOf(uint incarnation, uint row)
    {
        var writer = new WireWriter(16);
        writer.Byte(RowKey);
        writer.Byte((byte)replica);
        writer.UInt32(incarnation);
        writer.UInt32(row);
        return writer.ToBytes();
    }

    private static Bytes Encode(ValueList<NoncePoints> points)
    {
        var writer = new WireWriter(points.Count * 2 * Digest.Size);
        foreach (var pair in points)
        {
            writer.Digest(pair.Hiding);
            writer.Digest(pair.Binding);
        }

        return writer.ToBytes();
    }

    private static ValueList<NoncePoints> Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var points = new NoncePoints[Limits.CommitmentsPerRow];
        for (var index = 0; index < points.Length; index++)
        {
            points[index] = new(reader.Digest(), reader.Digest());
        }

        Invariant.Holds(reader.Finished, "M1");
        return new(points);
    }

    private sealed class Row(uint number, ValueList<NoncePoints> points)
    {
        public uint Number => number;

        public ValueList<NoncePoints> Points => points;
    }
}
