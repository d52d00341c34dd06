namespace Holdfast.Simulation;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): the same sequence for a seed on every runtime.</summary>
public sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next() => Mix.Of(_state = unchecked(_state + 0x9e3779b97f4a7c15));

    /// <summary>A number from 0 to one below the bound.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>A number from one bound to the other, both included.</summary>
    public long Between(long least, long most) => least + (long)(Next() % (ulong)(most - least + 1));

    public bool OneIn(int times) => Below(times) == 0;

    public bool PerMille(int chance) => Below(1000) < chance;

    /// <summary>Dice of their own for one part of the world: what another part throws does not disturb them.</summary>
    public Dice Fork() => new(Next());

    public void Fill(Span<byte> bytes)
    {
        foreach (ref var one in bytes)
        {
            one = (byte)Next();
        }
    }

    public Bytes Bytes(int length)
    {
        var bytes = new byte[length];
        Fill(bytes);
        return new Bytes(bytes);
    }
}
