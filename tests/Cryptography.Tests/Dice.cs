using System.Buffers.Binary;

namespace Holdfast.Cryptography.Tests;

/// <summary>Random numbers that a seed fixes for ever (SplitMix64, Steele, Lea, Flood 2014).</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var mixed = _state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    public int Below(int bound) => (int)(Next() % (ulong)bound);

    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
            var length = Math.Min(destination.Length, word.Length);
            word[..length].CopyTo(destination);
            destination = destination[length..];
        }
    }

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        Fill(bytes);
        return bytes;
    }

    /// <summary>So many distinct identifiers of 1 to members, in no order.</summary>
    public int[] Choose(int count, int members)
    {
        int[] all = [.. Enumerable.Range(1, members)];
        for (var place = 0; place < count; place++)
        {
            var other = place + Below(members - place);
            (all[place], all[other]) = (all[other], all[place]);
        }

        return all[..count];
    }
}
