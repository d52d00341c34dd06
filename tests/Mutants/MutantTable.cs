using System.Globalization;

namespace Holdfast.Mutants;

/// <summary>Reads what is planted. A file has blocks, and between them empty lines and comments:
/// <code>
/// mutant a-name
/// breaks S1: one sentence
/// in src/Protocol/SiteSize.cs
/// - the text, spaces and all
/// + what stands there instead
/// seed 7 --sites 1 --faults 1 # TheChecker
/// </code>
/// Several lines of <c>-</c> or <c>+</c> are one text. A block without a seed is not found yet.</summary>
public static class MutantTable
{
    public static IReadOnlyList<Mutant> Read(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal);
        Mutant[] all = [.. files.SelectMany(file => Blocks(File.ReadAllLines(file)).Select(Parse))];
        var twice = all.GroupBy(mutant => mutant.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? all : throw new MutantException($"Two mutants are named {twice.Key}.");
    }

    private static IEnumerable<List<string>> Blocks(IEnumerable<string> lines)
    {
        List<string>? block = null;
        foreach (var line in lines.Where(line => line.Length > 0 && !line.StartsWith('#')).Append("mutant "))
        {
            if (line.StartsWith("mutant ", StringComparison.Ordinal))
            {
                if (block is not null)
                {
                    yield return block;
                }

                block = [];
            }

            (block ?? throw new MutantException($"Expected 'mutant NAME' before '{line}'.")).Add(line);
        }
    }

    private static Mutant Parse(List<string> block)
    {
        var known = new[] { "mutant", "breaks", "in", "-", "+", "seed" };
        var odd = block.Find(line => !known.Contains(line.Split(' ')[0]));
        if (odd is not null)
        {
            throw new MutantException($"{block[0]}: expected one of {string.Join(", ", known)}; found '{odd}'.");
        }

        var seed = All("seed").SingleOrDefault();
        return new(One("mutant"), One("breaks"), One("in"), Text("-"), Text("+"), seed is null ? null : Find(seed));

        IEnumerable<string> All(string word) => block
            .Where(line => line.StartsWith(word + " ", StringComparison.Ordinal))
            .Select(line => line[(word.Length + 1)..]);

        string One(string word) => All(word).ToArray() is [var value]
            ? value
            : throw new MutantException($"{block[0]}: expected one line '{word} ...'.");

        string Text(string word) => string.Join('\n', All(word));
    }

    private static Finding Find(string line)
    {
        var (world, checker) = line.Split(" # ") is [var left, var right]
            ? (left, right)
            : throw new MutantException($"Expected 'seed N OPTIONS # CHECKER'; found 'seed {line}'.");
        var words = world.Split(' ', 2);
        return new(ulong.Parse(words[0], CultureInfo.InvariantCulture), words.ElementAtOrDefault(1) ?? "", checker);
    }
}
