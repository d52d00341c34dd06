using System.Buffers.Binary;

namespace Holdfast.Cli.Bench.Etcd;

/// <summary>The few forms of Protocol Buffers that etcd's requests and answers here consist of: numbers, and bytes with
/// their length. Source: protobuf.dev, "Encoding".</summary>
internal sealed class ProtoMessage
{
    private const int Number = 0;
    private const int EightBytes = 1;
    private const int Lengthed = 2;
    private const int FourBytes = 5;
    private const int NumberBytesMax = 10;
    private const int FramePrefixBytes = 5;

    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public ProtoMessage With(int field, ulong value)
    {
        Put((ulong)((field << 3) | Number));
        Put(value);
        return this;
    }

    public ProtoMessage With(int field, ReadOnlySpan<byte> value)
    {
        Put((ulong)((field << 3) | Lengthed));
        Put((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>The number in a field, 0 if it is not there, as the format has it.</summary>
    /// <param name="path">Fields of messages within each other, and the number's own.</param>
    /// <exception cref="FormatException">This is no such message.</exception>
    public static ulong NumberIn(ReadOnlySpan<byte> message, params ReadOnlySpan<int> path)
    {
        ulong found = 0;
        while (message.Length > 0)
        {
            var tag = Take(ref message);
            var isWanted = (int)(tag >> 3) == path[0];
            switch ((int)(tag & 7))
            {
                case Number:
                    var value = Take(ref message);
                    found = isWanted && path.Length == 1 ? value : found;
                    break;
                case Lengthed:
                    var inner = Cut(ref message, Take(ref message));
                    found = isWanted && path.Length > 1 ? NumberIn(inner, path[1..]) : found;
                    break;
                case EightBytes:
                    Cut(ref message, sizeof(ulong));
                    break;
                case FourBytes:
                    Cut(ref message, sizeof(uint));
                    break;
                default:
                    throw new FormatException($"Expected a field of a known form, found {tag & 7}.");
            }
        }

        return found;
    }

    /// <summary>A message as gRPC frames it: not compressed, and its length.</summary>
    public static byte[] Framed(ReadOnlySpan<byte> message)
    {
        var framed = new byte[FramePrefixBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        message.CopyTo(framed.AsSpan(FramePrefixBytes));
        return framed;
    }

    /// <exception cref="FormatException">It is not one whole message.</exception>
    public static ReadOnlySpan<byte> Unframed(ReadOnlySpan<byte> framed) =>
        framed.Length >= FramePrefixBytes
        && framed[0] == 0
        && BinaryPrimitives.ReadInt32BigEndian(framed[1..]) == framed.Length - FramePrefixBytes
            ? framed[FramePrefixBytes..]
            : throw new FormatException($"Expected one message that is not compressed, found {framed.Length} bytes.");

    private void Put(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
    }

    private static ulong Take(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (var index = 0; index < Math.Min(message.Length, NumberBytesMax); index++)
        {
            value |= (ulong)(message[index] & 0x7F) << (7 * index);
            if (message[index] < 0x80)
            {
                message = message[(index + 1)..];
                return value;
            }
        }

        throw new FormatException("Expected a number, found it cut off.");
    }

    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> message, ulong length)
    {
        if (length > (ulong)message.Length)
        {
            throw new FormatException($"Expected {length} bytes, found {message.Length}.");
        }

        var cut = message[..(int)length];
        message = message[(int)length..];
        return cut;
    }
}
