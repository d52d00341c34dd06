using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>A trap for replicas that come back: orders and signs like a correct one, and in each life spoils in one way
/// the states that others need.</summary>
public sealed class BadStates : Adversary
{
    private readonly Way _way;
    private StateChunk? _first;

    public BadStates(Seat seat)
        : base(seat) => _way = (Way)seat.Dice.Below(6);

    private enum Way
    {
        /// <summary>Chunks in which something else stands.</summary>
        Falsify = 0,

        /// <summary>The first chunk over and over: an old state, or one that never ends.</summary>
        NeverEnd = 1,

        /// <summary>Begins an answer and does not go on.</summary>
        Stall = 2,

        /// <summary>Has nothing of what it signed.</summary>
        Deny = 3,

        /// <summary>A true chunk, said to be part of another state.</summary>
        Mislabel = 4,

        /// <summary>Signs for some a checkpoint of a state that nobody has.</summary>
        FalseCheckpoint = 5,
    }

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        if (word is Checkpoint checkpoint && _way == Way.FalseCheckpoint && replica % 2 == 1)
        {
            var other = checkpoint with { State = new Digest(Seat.Dice.Bytes(Digest.Size).Span) };
            base.ToPeer(replica, Forgery.FrameOf(Seat, other));
        }
        else if (word is not StateChunk chunk)
        {
            base.ToPeer(replica, frame);
        }
        else if (InsteadOf(chunk) is { } other)
        {
            base.ToPeer(replica, Forgery.FrameOf(Seat, other));
        }
    }

    public override void ToSite(ReplicaId receiver, Bytes frame)
    {
        if (Forgery.FarWordOf(frame) is not StateChunk chunk)
        {
            base.ToSite(receiver, frame);
        }
        else if (InsteadOf(chunk) is { } other)
        {
            base.ToSite(receiver, Gate.FrameOf(other));
        }
    }

    private SiteWord? InsteadOf(StateChunk chunk)
    {
        _first ??= chunk;
        return _way switch
        {
            Way.Falsify => chunk with { Piece = Spoiled(chunk.Piece) },
            Way.NeverEnd => _first with { Place = chunk.Place, From = chunk.From, Section = chunk.Section },
            Way.Stall => Seat.Dice.OneIn(2) ? chunk : null,
            Way.Deny => new StateGone(chunk.Place),
            Way.Mislabel => chunk with { Global = chunk.Beside, Beside = chunk.Global },
            _ => chunk,
        };
    }

    private Bytes Spoiled(Bytes piece)
    {
        var bytes = piece.ToArray();
        bytes[Seat.Dice.Below(bytes.Length)] ^= (byte)(1 << Seat.Dice.Below(8));
        return new(bytes);
    }
}
