using System.Globalization;

namespace Holdfast.Node.Storage;

/// <summary>One file of the journal, open.</summary>
internal sealed class Segment(IDiskFile file, string name, SegmentHeader header) : IDisposable
{
    private const string Prefix = "journal-";
    private const string Suffix = ".segment";
    private const int NumberDigits = 16;

    public IDiskFile File => file;

    public string Name => name;

    public SegmentHeader Header => header;

    public ulong Number => header.Number;

    public long Length => header.Length;

    /// <summary>Where the durable records end.</summary>
    public long End { get; set; } = SegmentHeader.Bytes;

    /// <summary>The highest place that a record in here concerns.</summary>
    public ulong PlaceMax { get; set; }

    public static string NameOf(ulong number) =>
        Prefix + number.ToString("d" + NumberDigits, CultureInfo.InvariantCulture) + Suffix;

    /// <summary>The number in the name of a segment's file, or null for the name of something else.</summary>
    public static ulong? NumberIn(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
        && ulong.TryParse(
            name.AsSpan(Prefix.Length, Math.Max(0, name.Length - Prefix.Length - Suffix.Length)),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number)
        && name == NameOf(number)
            ? number
            : null;

    /// <summary>Begins a segment; it is durable, and empty, when this returns.</summary>
    public static Segment Create(IDisk disk, SegmentHeader header)
    {
        var name = NameOf(header.Number);
        var file = disk.Create(name, header.Length);
        var bytes = new byte[SegmentHeader.Bytes];
        header.Write(bytes);
        file.WriteAt(0, bytes);
        file.Flush();
        disk.FlushFolder();
        return new Segment(file, name, header);
    }

    public void Dispose() => file.Dispose();
}
