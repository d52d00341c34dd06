using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast.Node.Storage;

/// <summary>CRC32C (RFC 3720, appendix B.4) over several pieces.</summary>
internal struct Checksum()
{
    private uint _state = ~0u;

    public readonly uint Value => ~_state;

    public void Add(ulong number) => _state = BitOperations.Crc32C(_state, number);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            _state = BitOperations.Crc32C(_state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            _state = BitOperations.Crc32C(_state, value);
        }
    }
}
