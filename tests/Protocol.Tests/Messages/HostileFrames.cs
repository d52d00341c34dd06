using System.Buffers.Binary;

namespace Holdfast.Protocol.Tests;

/// <summary>Frames that are almost good: golden ones with a few things changed, as an attacker who knows the format
/// would - counts and lengths at their edges, parts left out, repeated, or taken from another frame.</summary>
public sealed class HostileFrames(IReadOnlyList<Bytes> golden, Dice dice)
{
    private const int PartMax = 80;

    private static readonly uint[] Edges =
        [0, 1, 0x7f, 0xff, 0x100, 0xffff, 0x10000, int.MaxValue, uint.MaxValue];

    public byte[] Next()
    {
        var frame = Golden().ToArray();
        for (var changes = 1 + dice.Below(4); changes > 0; changes--)
        {
            frame = frame.Length == 0 ? [(byte)dice.Below(256)] : Changed(frame);
        }

        return frame;
    }

    private Bytes Golden() => golden[dice.Below(golden.Count)];

    private byte[] Changed(byte[] frame)
    {
        var place = dice.Below(frame.Length);
        var end = place + dice.Below(Math.Min(frame.Length - place, PartMax) + 1);
        switch (dice.Below(7))
        {
            case 0:
                frame[place] ^= (byte)(1 << dice.Below(8));
                return frame;
            case 1:
                frame[place] = (byte)dice.Below(256);
                return frame;
            case 2:
                WriteEdge(frame, place);
                return frame;
            case 3:
                return frame[..place];
            case 4:
                return [.. frame[..place], .. frame[end..]];
            case 5:
                return [.. frame[..end], .. frame[place..]];
            default:
                var other = Golden().Span;
                return [.. frame[..place], .. other[dice.Below(other.Length + 1)..]];
        }
    }

    /// <summary>Counts and lengths are numbers of four bytes: some of these hit one.</summary>
    private void WriteEdge(byte[] frame, int place)
    {
        if (frame.Length - place >= sizeof(uint))
        {
            var number = unchecked(Edges[dice.Below(Edges.Length)] + (uint)dice.Below(3) - 1);
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(place), number);
        }
    }
}
