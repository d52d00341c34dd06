using System.Globalization;

namespace Holdfast.Cli.Attacks;

/// <summary>What an insider is told to begin with.</summary>
/// <param name="Way">Which of the adversary's ways; null where it has one.</param>
/// <param name="Victim">To whom, where a way asks for one; null for whomever.</param>
internal sealed record InsiderOrder(string Adversary, string? Way = null, int? Victim = null)
{
    private const string Begin = "begin";
    private const string Any = "-";

    /// <summary>Null if a line says something else.</summary>
    public static InsiderOrder? Read(string line) => line.Split(' ') is [Begin, var adversary, var way, var victim]
        ? new(
            adversary,
            way == Any ? null : way,
            victim == Any ? null : int.Parse(victim, NumberStyles.None, CultureInfo.InvariantCulture))
        : null;

    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Begin} {Adversary} {Way ?? Any} {(Victim is { } victim ? victim.ToString(CultureInfo.InvariantCulture) : Any)}");

    public override string ToString() => Way is null ? Adversary : $"{Adversary} ({Way})";
}
