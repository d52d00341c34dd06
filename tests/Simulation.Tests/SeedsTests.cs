using System.Collections.Concurrent;

namespace Holdfast.Simulation.Tests;

/// <summary>Many worlds at every run of the tests: each of another seed, with its own adversary and its own
/// troubles.</summary>
public sealed class SeedsTests
{
    private const int Seeds = 400;
    private const int WorldsAtOnce = 2;

    [Fact]
    public void Four_hundred_seeds_keep_every_promise()
    {
        var failures = new ConcurrentBag<string>();
        var answered = 0L;
        var worlds = new ParallelOptions
        {
            MaxDegreeOfParallelism = WorldsAtOnce,
            CancellationToken = TestContext.Current.CancellationToken,
        };
        Parallel.For(1, Seeds + 1, worlds, number =>
        {
            try
            {
                var seed = (ulong)number;
                var seconds = number % 20 == 0 ? 24 : 6;
                var options = Campaign.OptionsOf(seed, WorldOptions.Usual with { Seconds = seconds }, isMixed: true);
                Interlocked.Add(ref answered, SeedRunner.Run(seed, options, _ => { }).Answered);
            }
            catch (WorldFailedException failure)
            {
                failures.Add(failure.Message);
            }
        });

        Assert.True(failures.IsEmpty, string.Join(Environment.NewLine, failures));
        Assert.True(answered > 10 * Seeds, $"only {answered} answers: worlds in which nothing happens prove nothing");
    }
}
