using System.Collections.Concurrent;
using System.Diagnostics;

namespace Holdfast.Mutants;

/// <summary>Tries seeds for mutants, two at a time, each for a bounded time, and writes the lines to record.</summary>
internal sealed class Search(IReadOnlyList<Mutant> planted, TimeSpan limit)
{
    private const int AtOnce = 2;

    // A mutant may make the system go round for ever.
    private static readonly TimeSpan WorldMax = TimeSpan.FromSeconds(60);
    private readonly MutatedSources _sources = new(planted);

    /// <param name="wanted">Mutants, and the world to begin with.</param>
    public void Run(IEnumerable<(Mutant Mutant, Finding First)> wanted)
    {
        var left = new ConcurrentQueue<(Mutant, Finding)>(wanted);
        var searchers = Enumerable.Range(0, AtOnce).Select(_ => new Thread(() => SearchAll(left))).ToList();
        searchers.ForEach(searcher => searcher.Start());
        searchers.ForEach(searcher => searcher.Join());
    }

    private void SearchAll(ConcurrentQueue<(Mutant Mutant, Finding First)> left)
    {
        var system = new MutatedSystem(_sources);
        while (left.TryDequeue(out var next))
        {
            if (!TrySearch(system, next.Mutant, next.First.Seed, next.First.Options))
            {
                // The world that does not end has the former copy to itself.
                system = new(_sources);
            }
        }
    }

    private bool TrySearch(MutatedSystem system, Mutant mutant, ulong first, string options)
    {
        var watch = Stopwatch.StartNew();
        var seed = first;
        for (; watch.Elapsed < limit; seed++)
        {
            string? found = null;
            var now = seed;
            var world = new Thread(() => found = system.Play(mutant, now, options)) { IsBackground = true };
            world.Start();
            if (!world.Join(WorldMax))
            {
                Console.WriteLine($"{mutant.Name}: seed {seed} {options} does not end");
                return false;
            }

            if (found is not null && !MutatedSystem.IsCrash(found))
            {
                Console.WriteLine($"{mutant.Name}: {new Finding(seed, options, found)}");
                return true;
            }
        }

        Console.WriteLine($"{mutant.Name}: not found from {first} to {seed - 1} {options}");
        return true;
    }
}
