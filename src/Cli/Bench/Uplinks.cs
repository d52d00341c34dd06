using System.Globalization;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Bench;

/// <summary>The roads out of all places of a system that is measured, each as wide as the others.</summary>
internal sealed class Uplinks : IDisposable
{
    public const double MegabitsMax = 100_000;

    private readonly string[] _files;
    private readonly SharedUplink[] _roads;
    private double? _megabits;

    public Uplinks(string folder, int places)
    {
        _files = [.. Enumerable.Range(0, places).Select(place => Path.Combine(folder, $"uplink-{place}"))];
        _roads = [.. _files.Select(file => new SharedUplink(file))];
    }

    /// <summary>Behind a system's name; empty where roads are as wide as anyone likes.</summary>
    public string Text =>
        _megabits is { } some ? string.Create(CultureInfo.InvariantCulture, $", {some} Mbit/s") : string.Empty;

    public string FileOf(int place) => _files[place];

    /// <param name="megabits">A second; null for as many as anyone likes.</param>
    public void Widen(double? megabits)
    {
        _megabits = megabits;
        Array.ForEach(_roads, road => road.Widen(megabits));
    }

    public long Departure(int place, int bytes) => _roads[place].Departure(bytes);

    public void Dispose() => Array.ForEach(_roads, road => road.Dispose());
}
