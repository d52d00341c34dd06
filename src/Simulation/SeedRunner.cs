using System.Collections.Concurrent;

namespace Holdfast.Simulation;

/// <summary>Runs worlds by seed: for the command line and for tests.</summary>
public static class SeedRunner
{
    /// <summary>One seed in so many uses real cryptography, if the options leave it open.</summary>
    public const int RealKeysEvery = 20;

    /// <summary>Runs one world to its end.</summary>
    /// <param name="write">Takes the lines of a trace.</param>
    /// <exception cref="WorldFailedException">A checker saw what must never be.</exception>
    public static WorldResult Run(ulong seed, WorldOptions options, Action<string> write) =>
        new World(seed, options, write).Run();

    /// <summary>Runs seeds from one number on, as many at once as there are processors, and gives the failures in the
    /// order of their seeds.</summary>
    public static IReadOnlyList<WorldFailedException> RunMany(ulong first, int count, WorldOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = new ConcurrentBag<WorldFailedException>();
        Parallel.For(0, count, new() { MaxDegreeOfParallelism = Environment.ProcessorCount }, number =>
        {
            var seed = first + (ulong)number;
            try
            {
                Run(seed, WithKeys(seed, options), _ => { });
            }
            catch (WorldFailedException failure)
            {
                failures.Add(failure);
            }
        });
        return [.. failures.OrderBy(failure => failure.Seed)];
    }

    /// <summary>The options of this seed among many.</summary>
    public static WorldOptions WithKeys(ulong seed, WorldOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return seed % RealKeysEvery == RealKeysEvery - 1 ? options with { HasRealKeys = true } : options;
    }
}
