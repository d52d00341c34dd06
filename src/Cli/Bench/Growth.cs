namespace Holdfast.Cli.Bench;

/// <summary>Whether something that goes up and down grows.</summary>
internal static class Growth
{
    /// <summary>How much more there is at the end than at the beginning, as a part of what there usually is: by the median of
    /// the slopes of all pairs (Theil and Sen), which a few peaks do not move. The first quarter does not count: there
    /// what is new grows.</summary>
    public static double Share(IReadOnlyList<(TimeSpan At, double Value)> samples)
    {
        var counted = samples.Skip(samples.Count / 4).ToList();
        if (counted.Count < 2)
        {
            return 0;
        }

        var slopes = from earlier in Enumerable.Range(0, counted.Count)
                     from later in Enumerable.Range(earlier + 1, counted.Count - earlier - 1)
                     select (counted[later].Value - counted[earlier].Value)
                         / (counted[later].At - counted[earlier].At).TotalSeconds;
        var span = (counted[^1].At - counted[0].At).TotalSeconds;
        return Median(slopes) * span / Median(counted.Select(one => one.Value));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
