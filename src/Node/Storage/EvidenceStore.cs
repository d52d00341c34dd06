using System.Globalization;
using Holdfast.Protocol;

namespace Holdfast.Node.Storage;

/// <summary>Evidence as files of a folder of its own, one for each piece, bounded by <see cref="EvidenceBook"/>: each
/// file can be copied and checked by itself.</summary>
public sealed class EvidenceStore : IEvidenceStore
{
    public const string Suffix = ".evidence";

    private readonly IDisk _disk;
    private readonly EvidenceBook _book = new();
    private readonly int[] _counts = new int[byte.MaxValue + 1];

    /// <summary>Looks through what former processes kept. What a power cut left in pieces is deleted; what another
    /// version wrote is left alone.</summary>
    public EvidenceStore(IDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        _disk = disk;
        foreach (var name in disk.List().Where(name => name.EndsWith(Suffix, StringComparison.Ordinal)))
        {
            var bytes = ReadAll(name);
            if (!EvidenceFile.IsWhole(bytes))
            {
                disk.Delete(name);
            }
            else if (EvidenceFile.Decode(bytes) is { } file && _book.TryAdd(file, bytes.Length))
            {
                _counts[(int)file.Evidence.Kind]++;
            }
        }
    }

    /// <summary>Who, what and about what: there is one file for each.</summary>
    public static string NameOf(EvidenceFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var (site, replica, place) = (file.Site.Index, file.Accused.Index, file.Evidence.Place);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{site}.{replica}-{file.Evidence.Kind}-{place.Period}-{place.Number}{Suffix}");
    }

    public int CountOf(EvidenceKind kind) => Volatile.Read(ref _counts[(int)kind]);

    public bool Keep(EvidenceFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var bytes = file.Encode();
        if (!_book.TryAdd(file, bytes.Length))
        {
            return false;
        }

        var name = NameOf(file);
        if (_disk.List().Contains(name))
        {
            // Another version wrote it, or it would stand in the book.
            return false;
        }

        using (var open = _disk.Create(name, bytes.Length))
        {
            open.WriteAt(0, bytes.Span);
            open.Flush();
        }

        _disk.FlushFolder();
        Interlocked.Increment(ref _counts[(int)file.Evidence.Kind]);
        return true;
    }

    private byte[] ReadAll(string name)
    {
        using var file = _disk.Open(name);
        var bytes = new byte[Math.Min(file.Length, Limits.EvidenceBytes + 1)];
        return bytes[..file.ReadAt(0, bytes)];
    }
}
