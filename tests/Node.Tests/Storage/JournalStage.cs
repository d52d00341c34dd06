using System.Text;
using Holdfast.Node.Storage;

namespace Holdfast.Node.Tests.Storage;

/// <summary>What the journal's tests have in common: small segments and readable records.</summary>
internal static class JournalStage
{
    public static JournalOptions Options(long segmentBytes = 4096, long retainedBytes = 0)
    {
        var dice = new SplitMix64(1);
        return new JournalOptions { Salt = dice.Next, SegmentBytes = segmentBytes, RetainedBytes = retainedBytes };
    }

    /// <summary>Opens the journal and gives the texts of its records.</summary>
    public static (Journal Journal, List<string> Texts, JournalReplay Replay) Open(
        IDisk disk, JournalOptions? options = null)
    {
        var journal = new Journal(disk, options ?? Options());
        var texts = new List<string>();
        var replay = journal.Replay(record => texts.Add(Encoding.UTF8.GetString(record.Payload.Span)));
        return (journal, texts, replay);
    }

    public static List<string> TextsOf(IDisk disk)
    {
        var (journal, texts, _) = Open(disk);
        journal.Dispose();
        return texts;
    }

    public static JournalPosition Append(this Journal journal, string text, ulong place = 1) =>
        journal.Append(7, place, Encoding.UTF8.GetBytes(text));

    /// <summary>A disk with a closed journal of one flush for each of these texts.</summary>
    public static MemoryDisk DiskWith(params string[] texts)
    {
        var disk = new MemoryDisk();
        using var journal = Open(disk).Journal;
        foreach (var text in texts)
        {
            journal.Append(text);
            journal.Flush();
        }

        return disk;
    }
}
