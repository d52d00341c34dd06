using System.Globalization;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Attacks;

/// <summary>What an attacker really did, counted where it was done: who survives an attack that did nothing has survived
/// nothing.</summary>
/// <param name="Changed">Frames that left as others, and shares or rows of nonces that were not the true ones.</param>
/// <param name="Withheld">Frames that did not leave.</param>
/// <param name="Delayed">Frames that left later, and flushes that took longer.</param>
/// <param name="Added">Frames that nobody else would have sent.</param>
/// <param name="Killed">Replicas that died.</param>
internal readonly record struct Deeds(
    long Changed = 0, long Withheld = 0, long Delayed = 0, long Added = 0, long Killed = 0)
{
    private const string Word = "did";

    public bool IsAny => this != default;

    public static Deeds operator +(Deeds left, Deeds right) => new(
        left.Changed + right.Changed,
        left.Withheld + right.Withheld,
        left.Delayed + right.Delayed,
        left.Added + right.Added,
        left.Killed + right.Killed);

    /// <summary>Nothing, where a line is not one that <see cref="ToLine"/> made: what nobody tells did not happen.</summary>
    public static Deeds Read(string? line)
    {
        var words = line?.Split(' ') ?? [];
        var counts = words.Skip(1)
            .Select(word => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : -1)
            .ToList();
        return words is [Word, _, _, _, _, _] && counts.TrueForAll(count => count >= 0)
            ? new(counts[0], counts[1], counts[2], counts[3], counts[4])
            : default;
    }

    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture, $"{Word} {Changed} {Withheld} {Delayed} {Added} {Killed}");

    public JsonObject ToJson() => new()
    {
        ["changed"] = Changed,
        ["withheld"] = Withheld,
        ["delayed"] = Delayed,
        ["added"] = Added,
        ["killed"] = Killed,
    };

    public override string ToString()
    {
        (long Count, string What)[] parts =
        [
            (Changed, "changed"), (Withheld, "withheld"), (Delayed, "delayed"), (Added, "added"), (Killed, "killed"),
        ];
        return IsAny
            ? string.Join(", ", parts.Where(part => part.Count > 0)
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count} {part.What}")))
            : "NOTHING";
    }
}
