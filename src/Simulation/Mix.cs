using System.Buffers.Binary;

namespace Holdfast.Simulation;

/// <summary>A fast hash for the simulator's own ends: no adversary of ours computes collisions.</summary>
internal static class Mix
{
    /// <summary>The finishing step of SplitMix64: every bit of the input moves every bit of the result.</summary>
    public static ulong Of(ulong value)
    {
        var mixed = unchecked((value ^ (value >> 30)) * 0xbf58476d1ce4e5b9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94d049bb133111eb);
        return mixed ^ (mixed >> 31);
    }

    public static ulong Of(ulong start, ulong value) => Of(unchecked((start * 0x9e3779b97f4a7c15) + value));

    public static ulong Of(ulong start, ReadOnlySpan<byte> bytes)
    {
        var hash = Of(start, (ulong)bytes.Length);
        while (bytes.Length >= sizeof(ulong))
        {
            hash = unchecked((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0x9e3779b97f4a7c15);
            hash ^= hash >> 29;
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var one in bytes)
        {
            hash = unchecked((hash ^ one) * 0x100000001b3);
        }

        return Of(hash);
    }

    /// <summary>As many words of hash as the destination holds.</summary>
    public static void Fill(Span<byte> destination, ulong start, ReadOnlySpan<byte> bytes)
    {
        var first = Of(start, bytes);
        var second = Of(~start, bytes);
        for (var word = 0; word * sizeof(ulong) < destination.Length; word++)
        {
            var value = Of(unchecked(first + ((ulong)word * second)), (ulong)word);
            BinaryPrimitives.WriteUInt64LittleEndian(destination[(word * sizeof(ulong))..], value);
        }
    }
}
