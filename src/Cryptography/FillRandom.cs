using System.Security.Cryptography;

namespace Holdfast.Cryptography;

/// <summary>Fills the destination with random bytes: the system's in production, dice in the simulator.</summary>
public delegate void FillRandom(Span<byte> destination);

/// <summary>The sources of randomness that production uses.</summary>
public static class Randomness
{
    /// <summary>The operating system's generator.</summary>
    public static FillRandom System { get; } = RandomNumberGenerator.Fill;
}
