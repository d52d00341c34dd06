using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Hands on to its peers, as if a client had sent it, what no client may send: requests that are too long though
/// they are well signed, others without a right form, others' names, true ones that are spoilt. In some lives it orders such
/// things, too, when it is primary.</summary>
public sealed class BadInputs(Seat seat) : Adversary(seat)
{
    // Two of these are longer than a request may be, and each of them is none.
    private const int HalfBytes = (Limits.RequestBytes / 2) + 1;

    private const int Ways = 8;
    private const byte NoKind = 200;

    private readonly bool _orders = seat.Dice.OneIn(2);
    private SiteInput? _true;

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        _true = (word as HandOn)?.Input ?? _true;
        if (_orders
            && word is PrePrepare { Batch: { Inputs: not [] } batch }
            && Seat.Story.InsteadOf(batch.Digest) is null
            && Seat.Dice.OneIn(8)
            && Next() is { } ordered)
        {
            Seat.Did("bad input ordered");
            Seat.Story.Add(batch.Digest, new Batch(batch.Time, [.. batch.Inputs, ordered]));
        }

        base.ToPeer(replica, Seat.Story.InsteadOf(word) is { } told ? Forgery.FrameOf(Seat, told) : frame);
        if (word is Status && Seat.Dice.OneIn(12) && Next() is { } input)
        {
            Seat.Did("bad input handed on");
            base.ToPeer(replica, Forgery.FrameOf(Seat, new HandOn(input)));
        }
    }

    private SiteInput? Next() => (Seat.Dice.Below(Ways), Seat.Ally) switch
    {
        (0 or 1, { } ally) => TooLong(ally),
        (2, { } ally) => Signed(ally, Query() with { Operations = [] }),
        (3, { } ally) => Signed(ally, Query() with { FirstNumber = ulong.MaxValue }),
        (4, { } ally) => Signed(ally, Query() with { Operations = [new(OperationKind.OpenSession, Seat.Dice.Bytes(8))] }),
        (5, { } ally) => Signed(ally, Query()) with { Client = Seat.Genesis.Clients[0].PublicKey },
        (6, _) when _true is { Encoded: var whole } => new Raw(Bytes.Copy(whole.Span[..(1 + Seat.Dice.Below(whole.Length - 1))])),
        (7, _) when _true is { Encoded: var whole } =>
            new Raw(new([Seat.Dice.OneIn(2) ? NoKind : whole.Span[0], .. whole.Span[1..], 0])),
        _ => null,
    };

    /// <summary>Good in all but its length: an update that opens a session, or a query that waits in the state for long.</summary>
    private ClientRequest TooLong(Conspirator ally)
    {
        var level = (RequestLevel)(1 + Seat.Dice.Below(3));
        var kind = level == RequestLevel.Update ? OperationKind.OpenSession : OperationKind.Application;
        var half = new Operation(kind, new(new byte[HalfBytes]));
        return Signed(ally, Query() with { Level = level, Operations = [half, half] });
    }

    private ClientRequest Query() => new(
        Bytes.Empty,
        Session: default,
        FirstNumber: (Seat.Dice.Next() >> 1) | 1,
        DoneUpTo: 0,
        RequestLevel.Ordered,
        ReceiptWanted: false,
        Timestamp.Never,
        Floor: new(1_000_000),
        [new(OperationKind.Application, Registers.Read(0, 0))],
        Bytes.Empty);

    private ClientRequest Signed(Conspirator ally, ClientRequest request)
    {
        var named = request with { Client = ally.Key };
        return named with { Signature = ally.Sign(named.SigningBytes(Seat.Genesis.Cluster)) };
    }

    /// <summary>Bytes that are no input.</summary>
    private sealed record Raw(Bytes Whole) : SiteInput
    {
        public override SiteInputKind Kind => (SiteInputKind)Whole.Span[0];

        public override void Write(WireWriter writer) => writer.Fixed(Whole.Span[1..]);
    }
}
