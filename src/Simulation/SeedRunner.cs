using System.Diagnostics;

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
    /// <param name="write">Takes one line for a failure, as it is found, and a summary; never called twice at
    /// once.</param>
    public static IReadOnlyList<WorldFailedException> RunMany(
        ulong first, int count, WorldOptions options, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(write);
        var (gate, failures) = (new Lock(), new List<WorldFailedException>());
        var (answered, events, transfers, returns, watch) = (0L, 0L, 0, 0, Stopwatch.StartNew());
        Parallel.For(0, count, new() { MaxDegreeOfParallelism = Environment.ProcessorCount }, number =>
        {
            var seed = first + (ulong)number;
            try
            {
                var result = Run(seed, WithKeys(seed, options), Write);
                Interlocked.Add(ref answered, result.Answered);
                Interlocked.Add(ref events, result.Events);
                Interlocked.Add(ref transfers, result.Transfers);
                Interlocked.Add(ref returns, result.Returns);
            }
            catch (WorldFailedException failure)
            {
                Write(failure.Message);
                lock (gate)
                {
                    failures.Add(failure);
                }
            }
        });
        var seconds = watch.Elapsed.TotalSeconds;
        write(
            $"{count} worlds, {events} events, {answered} answers, {transfers} state transfers, {returns} returns, "
            + $"{failures.Count} failed, {seconds:F1} s");
        return [.. failures.OrderBy(failure => failure.Seed)];

        void Write(string line)
        {
            lock (gate)
            {
                write(line);
            }
        }
    }

    /// <summary>The options of this seed among many.</summary>
    public static WorldOptions WithKeys(ulong seed, WorldOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return seed % RealKeysEvery == RealKeysEvery - 1 ? options with { HasRealKeys = true } : options;
    }
}
