using System.Diagnostics;
using System.Globalization;
using Holdfast.Simulation.Adversaries;

namespace Holdfast.Simulation;

/// <summary>
/// Thousands of seeds, played a hundred at a time. Between the hundreds everything is in <see cref="CampaignRecord"/>,
/// which can be kept in a file, so that a campaign of a day goes on after a break. A seed's world depends on the seed and
/// the options alone, never on where the campaign was broken off.
/// </summary>
public sealed class Campaign(CampaignRecord record, WorldOptions options, bool isMixed)
{
    /// <summary>Worlds between two savings.</summary>
    public const int AtOnce = 100;

    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    /// <summary>What came of it so far.</summary>
    public CampaignRecord Record => record;

    /// <summary>The options of one seed among many: one in twenty with real keys, and if shapes are mixed one in twenty with
    /// five sites, one in twenty with f = 2, one in four in which who dies hangs up, and some in which a site dies, replicas
    /// lose their disks, or are away until they need the state.</summary>
    public static WorldOptions OptionsOf(ulong seed, WorldOptions options, bool isMixed)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = SeedRunner.WithKeys(seed, options);
        if (!isMixed)
        {
            return options;
        }

        options = options with { HasHangUps = options.HasHangUps || seed % 4 == 2 };
        options = (seed % 20) switch
        {
            3 => options with { Sites = 5 },
            13 => options with { Faults = 2 },
            _ => options,
        };
        options = (seed % 40) switch
        {
            5 => options with { HasSiteDeath = true },
            15 => options with { HasWiped = true },
            25 => options with { HasAbsent = true },
            _ => options,
        };
        return WithLaterPlayers(new Dice(Mix.Of(seed, 0x706c6179)), options);
    }

    /// <summary>Players that were added when the meaning of seeds was fixed already: each in a few worlds, and the others
    /// stay what they were.</summary>
    private static WorldOptions WithLaterPlayers(Dice dice, WorldOptions options)
    {
        var adversary = dice.Below(20) switch
        {
            0 => nameof(BadInputs),
            1 => nameof(TwoNewViews),
            _ => options.Adversary,
        };
        options = options with
        {
            Adversary = options.Adversary == WorldOptions.Usual.Adversary ? adversary : options.Adversary,
            HasSharedKey = options.HasSharedKey || dice.OneIn(10),
            HasRelapses = options.HasRelapses || dice.OneIn(2),
            HasWiped = options.HasWiped || dice.OneIn(40),

            // So its turn to begin a view comes more often.
            HasTornSites = options.HasTornSites || (adversary == nameof(TwoNewViews) && dice.OneIn(2)),
        };

        // Long and busy enough for states to be fetched: these cost as much as four others.
        return dice.OneIn(150)
            ? options with
            {
                Seconds = Math.Max(options.Seconds, 12),
                ClientsPerSite = Math.Max(options.ClientsPerSite, 3),
                HasAbsent = true,
                HasRelapses = true,
                HasLargeValues = true,
            }
            : options;
    }

    /// <summary>Plays what is left.</summary>
    /// <param name="save">Called after every hundred worlds and at the end, when <see cref="Record"/> is whole.</param>
    /// <param name="write">Takes a line for each failure as it is found, and one every half minute.</param>
    public void Run(Action<CampaignRecord> save, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(save);
        ArgumentNullException.ThrowIfNull(write);
        var (watch, before, told) = (Stopwatch.StartNew(), record.Played, TimeSpan.Zero);
        while (record.Played < record.Count)
        {
            var hundred = Math.Min(AtOnce, record.Count - record.Played);
            var first = record.First + (ulong)record.Played;
            var begun = watch.Elapsed;
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.For(0, hundred, parallel, number => Play(first + (ulong)number, write));
            record.Played += hundred;
            record.Seconds += (watch.Elapsed - begun).TotalSeconds;
            save(record);
            if (watch.Elapsed - told >= TellEvery && record.Played < record.Count)
            {
                told = watch.Elapsed;
                var left = watch.Elapsed / (record.Played - before) * (record.Count - record.Played);
                write(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{record.Played} of {record.Count} worlds, {record.Failed.Count} failed, {Math.Ceiling(left.TotalMinutes)} min left"));
            }
        }
    }

    private void Play(ulong seed, Action<string> write)
    {
        try
        {
            var result = SeedRunner.Run(seed, OptionsOf(seed, options, isMixed), _ => { });
            lock (_gate)
            {
                record.Take(result);
            }
        }
        catch (WorldFailedException failure)
        {
            lock (_gate)
            {
                record.Failed.Add(seed);
                write(failure.Message);
            }
        }
    }
}
