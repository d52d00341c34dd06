using System.Globalization;

namespace Holdfast.Cli.Demo;

/// <summary>How long a frame takes from one site to another in the demo: one number for all pairs, or a file with a row
/// for each site.</summary>
internal sealed class DelayMatrix
{
    private const double MillisecondsMax = 10_000;

    private readonly TimeSpan[][] _rows;

    private DelayMatrix(TimeSpan[][] rows) => _rows = rows;

    public int Sites => _rows.Length;

    /// <summary>One way, from one site to each.</summary>
    public IReadOnlyList<TimeSpan> From(int site) => _rows[site];

    /// <param name="text">Milliseconds, or the name of a file.</param>
    public static DelayMatrix Read(string text, int sites)
    {
        if (TryNumber(text, out var all))
        {
            return new([.. Enumerable.Range(0, sites).Select(from =>
                Enumerable.Range(0, sites).Select(to => from == to ? TimeSpan.Zero : all).ToArray())]);
        }

        if (!File.Exists(text))
        {
            throw new CommandFailure(
                ExitCode.Usage,
                $"Expected milliseconds from 0 to {MillisecondsMax:F0} or a file with a matrix after --delay, "
                + $"found '{text}'.");
        }

        var rows = File.ReadLines(text)
            .Select(line => line.Split('#')[0])
            .Select(line => line.Split((char[])[' ', '\t', ',', ';'], StringSplitOptions.RemoveEmptyEntries))
            .Where(row => row.Length > 0)
            .Select(row => row.Select(cell => Number(text, cell)).ToArray())
            .ToArray();
        if (rows.Length != sites || rows.Any(row => row.Length != sites))
        {
            throw new CommandFailure(
                ExitCode.Usage,
                $"Expected {sites} rows of {sites} numbers in {text} (one way, in milliseconds), found {rows.Length} "
                + $"rows of {string.Join('/', rows.Select(row => row.Length).Distinct())}; correct the file "
                + "or --sites.");
        }

        return new(rows);
    }

    /// <summary>Among so many who are spread evenly over the places: those of the first place come first, and places that
    /// have one more, too.</summary>
    public DelayMatrix Among(int members) => new([.. Enumerable.Range(0, members).Select(from =>
        Enumerable.Range(0, members)
            .Select(to => _rows[PlaceOf(from, members)][PlaceOf(to, members)]).ToArray())]);

    /// <summary>Where one of so many is.</summary>
    public int PlaceOf(int member, int members) => member * Sites / members;

    public string Describe()
    {
        var between = _rows.SelectMany((row, from) => row.Where((_, to) => to != from)).Distinct().ToList();
        return between.Count switch
        {
            0 => "no other site",
            1 => $"{between[0].TotalMilliseconds:0.#} ms one way between sites",
            _ => $"{between.Min().TotalMilliseconds:0.#} to {between.Max().TotalMilliseconds:0.#} ms one way "
                + "between sites",
        };
    }

    private static TimeSpan Number(string file, string cell) => TryNumber(cell, out var delay)
        ? delay
        : throw new CommandFailure(
            ExitCode.Usage, $"Expected milliseconds from 0 to {MillisecondsMax:F0} in {file}, found '{cell}'.");

    private static bool TryNumber(string text, out TimeSpan delay)
    {
        var isNumber = double.TryParse(
            text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number <= MillisecondsMax;
        delay = TimeSpan.FromMilliseconds(isNumber ? number : 0);
        return isNumber;
    }
}
