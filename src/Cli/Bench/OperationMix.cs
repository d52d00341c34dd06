using System.Globalization;
using Holdfast.Client;

namespace Holdfast.Cli.Bench;

/// <summary>What clients ask for, and how often.</summary>
internal enum BenchOperation
{
    Update,
    Local,
    Ordered,
    Global,
}

/// <summary>Weights of the operations, such as <c>update=1,local=9</c>.</summary>
internal sealed class OperationMix
{
    private readonly IReadOnlyList<(BenchOperation Operation, int Weight)> _parts;
    private readonly int _sum;

    private OperationMix(IReadOnlyList<(BenchOperation Operation, int Weight)> parts)
    {
        _parts = parts;
        _sum = parts.Sum(part => part.Weight);
    }

    public IEnumerable<BenchOperation> Operations => _parts.Select(part => part.Operation);

    /// <exception cref="CommandFailure">The text is no mix.</exception>
    public static OperationMix Parse(string text)
    {
        var parts = new List<(BenchOperation Operation, int Weight)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var (name, weight) = part.Split('=') switch
            {
                [var alone] => (alone, "1"),
                [var left, var right] => (left, right),
                _ => (string.Empty, string.Empty),
            };
            if (!Enum.TryParse<BenchOperation>(name, ignoreCase: true, out var operation)
                || !Enum.IsDefined(operation)
                || !int.TryParse(weight, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number is < 1 or > 1_000_000
                || parts.Any(known => known.Operation == operation))
            {
                throw new CommandFailure(
                    ExitCode.Usage,
                    "Expected weights of update, local, ordered and global, each once, such as update=1,local=9 after "
                    + $"--mix, found '{text}'.");
            }

            parts.Add((operation, number));
        }

        return new(parts);
    }

    public static QueryLevel LevelOf(BenchOperation operation) => operation switch
    {
        BenchOperation.Local => QueryLevel.Local,
        BenchOperation.Ordered => QueryLevel.Ordered,
        _ => QueryLevel.Global,
    };

    public BenchOperation Draw(Random random)
    {
        var left = random.Next(_sum);
        foreach (var (operation, weight) in _parts)
        {
            left -= weight;
            if (left < 0)
            {
                return operation;
            }
        }

        return _parts[^1].Operation;
    }

    public override string ToString() =>
        string.Join(',', _parts.Select(part => $"{part.Operation.ToString().ToLowerInvariant()}={part.Weight}"));
}
