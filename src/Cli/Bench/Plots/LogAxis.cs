using System.Globalization;

namespace Holdfast.Cli.Bench.Plots;

/// <summary>An axis of whole powers of ten that has room for some values.</summary>
internal sealed class LogAxis
{
    private readonly int _least;
    private readonly int _decades;

    /// <param name="values">Above 0.</param>
    public LogAxis(IEnumerable<double> values)
    {
        var logs = values.Select(Math.Log10).ToList();
        _least = logs.Count == 0 ? 0 : (int)Math.Floor(logs.Min());
        _decades = logs.Count == 0 ? 1 : Math.Max(1, (int)Math.Ceiling(logs.Max()) - _least);
    }

    /// <summary>Where to write which number.</summary>
    public IEnumerable<(double At, string Label)> Marks => Enumerable.Range(0, _decades + 1).Select(decade => (
        (double)decade / _decades, Math.Pow(10, _least + decade).ToString("0.###", CultureInfo.InvariantCulture)));

    /// <summary>From 0 to 1.</summary>
    public double At(double value) => (Math.Log10(value) - _least) / _decades;
}
