using Holdfast.Protocol;

namespace Holdfast.Client.Tests;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): the same sequence for a seed on every runtime.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var mixed = _state = unchecked(_state + 0x9e3779b97f4a7c15);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9);
        mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94d049bb133111eb);
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to one below the bound.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    public bool Percent(int chance) => Below(100) < chance;

    public Bytes Bytes(int length) => new([.. Enumerable.Range(0, length).Select(_ => (byte)Below(256))]);
}
