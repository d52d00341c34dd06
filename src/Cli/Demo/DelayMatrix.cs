using System.Globalization;

namespace Holdfast.Cli.Demo;

/// <summary>How long a frame takes from one site to another in the demo: one number for all pairs, or a file with a row
/// for each site.</summary>
internal sealed class DelayMatrix
{
    /// <summary>The delays among five real regions.</summary>
    public const string Regions = "regions";

    private const double MillisecondsMax = 10_000;

    /// <summary>
    /// Round trips in milliseconds, in this order: Virginia, Oregon, Ireland, Frankfurt, Tokyo. Source: averages between
    /// regions of AWS, "Latency Between AWS Global Regions", as quoted in
    /// acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html; of both directions, the greater one.
    /// </summary>
    private static readonly double[][] RegionRoundTrips =
    [
        [0, 88.68, 80.55, 88.66, 145.3],
        [88.68, 0, 137, 159.5, 89.16],
        [80.55, 137, 0, 19.56, 212.4],
        [88.66, 159.5, 19.56, 0, 236.6],
        [145.3, 89.16, 212.4, 236.6, 0],
    ];

    private readonly TimeSpan[][] _rows;

    private DelayMatrix(TimeSpan[][] rows) => _rows = rows;

    public int Sites => _rows.Length;

    /// <summary>One way, from one site to each.</summary>
    public IReadOnlyList<TimeSpan> From(int site) => _rows[site];

    /// <summary>The least between different sites.</summary>
    public TimeSpan Least => _rows.SelectMany((row, from) => row.Where((_, to) => to != from))
        .DefaultIfEmpty(TimeSpan.MaxValue).Min();

    /// <param name="text">Milliseconds, <see cref="Regions"/>, or the name of a file.</param>
    public static DelayMatrix Read(string text, int sites)
    {
        if (text == Regions)
        {
            return sites <= RegionRoundTrips.Length
                ? new([.. RegionRoundTrips.Take(sites).Select(
                    row => row.Take(sites).Select(roundTrip => TimeSpan.FromMilliseconds(roundTrip / 2)).ToArray())])
                : throw new CommandFailure(
                    ExitCode.Usage,
                    $"Expected at most {RegionRoundTrips.Length} sites with --delay {Regions}, found {sites}; change "
                    + "--sites, or give a file with a matrix.");
        }

        if (TryNumber(text, out var all))
        {
            return new([.. Enumerable.Range(0, sites).Select(from =>
                Enumerable.Range(0, sites).Select(to => from == to ? TimeSpan.Zero : all).ToArray())]);
        }

        if (!File.Exists(text))
        {
            throw new CommandFailure(
                ExitCode.Usage,
                $"Expected milliseconds from 0 to {MillisecondsMax:F0}, '{Regions}' or a file with a matrix after --delay, "
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
