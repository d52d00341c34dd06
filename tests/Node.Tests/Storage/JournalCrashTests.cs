using Holdfast.Node.Storage;
using static Holdfast.Node.Tests.Storage.JournalStage;

namespace Holdfast.Node.Tests.Storage;

/// <summary>Crash after crash on a disk that loses and tears what was not flushed.</summary>
public sealed class JournalCrashTests
{
    /// <summary>
    /// Whatever the disk does between two flushes: every record of every flush that returned is there, in order, and
    /// behind them a prefix of what was appended later.
    /// </summary>
    [Fact]
    public void What_was_flushed_survives_every_crash()
    {
        var cuts = 0;
        for (var seed = 0ul; seed < 400; seed++)
        {
            cuts += Live(seed);
        }

        Assert.True(cuts > 100, "The disk hardly ever tore anything: the test tests nothing.");
    }

    /// <summary>Several lives with one disk.</summary>
    /// <returns>How many of them began with a cut.</returns>
    private static int Live(ulong seed)
    {
        var dice = new SplitMix64(seed);
        var disk = new MemoryDisk();
        var promised = new List<ulong>();
        var appended = new List<ulong>();
        var released = 0ul;
        var cuts = 0;
        for (var life = 0; life < 8; life++)
        {
            disk.DeedsLeft = dice.Below(60);
            try
            {
                using var journal = new Journal(disk, Options(retainedBytes: 2 * 4096));
                var found = new List<ulong>();
                var replay = journal.Replay(record => found.Add(NumberIn(record)));
                cuts += replay.CutBytes > 0 ? 1 : 0;
                Check(seed, found, promised, appended, released);
                promised = found;
                appended = [.. found];
                Work(journal, dice, promised, appended, ref released);
            }
            catch (JournalFailedException)
            {
                disk.Crash(dice);
            }
        }

        return cuts;
    }

    private static void Work(
        Journal journal, SplitMix64 dice, List<ulong> promised, List<ulong> appended, ref ulong released)
    {
        while (true)
        {
            for (var count = dice.Below(6); count >= 0; count--)
            {
                var number = appended.LastOrDefault() + 1;
                appended.Add(number);
                var payload = dice.Bytes(8 + dice.Below(600));
                BitConverter.TryWriteBytes(payload, number);
                journal.Append(1, number, payload);
            }

            journal.Flush();
            promised.Clear();
            promised.AddRange(appended);
            if (dice.Below(10) == 0)
            {
                released = promised[^1] - Math.Min(2, promised[^1]);
                journal.Release(released);
            }
        }
    }

    private static void Check(ulong seed, List<ulong> found, List<ulong> promised, List<ulong> appended, ulong released)
    {
        var because = $"seed {seed}: found {found.Count}, promised {promised.Count}, appended {appended.Count}";

        // What was released may be gone, from the oldest on.
        var first = found.Count > 0 ? found[0] : released + 1;
        Assert.True(first <= released + 1, because);
        Assert.True(promised.Where(number => number >= first).All(found.Contains), because);
        Assert.True(appended.Where(number => number >= first).Take(found.Count).SequenceEqual(found), because);
    }

    private static ulong NumberIn(StoredRecord record) => BitConverter.ToUInt64(record.Payload.Span);
}
