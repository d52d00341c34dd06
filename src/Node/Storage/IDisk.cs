namespace Holdfast.Node.Storage;

/// <summary>
/// One folder of a disk, as the journal sees it: names without slashes, no buffering, every call finished when it
/// returns. A failure is an <see cref="IOException"/>. The simulator's disk loses and tears what was not flushed.
/// </summary>
public interface IDisk
{
    /// <summary>Makes a file of this length, in bytes, all zeros. A file of that name must not exist.</summary>
    /// <remarks>The name survives a crash only after <see cref="FlushFolder"/>, the length only after the file's own
    /// flush; until then the file may be gone, or empty.</remarks>
    IDiskFile Create(string name, long length);

    /// <summary>Opens a file that exists, for reading and writing.</summary>
    IDiskFile Open(string name);

    void Delete(string name);

    /// <summary>The names of all files, in no particular order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Returns when every creation and deletion so far survives a power cut.</summary>
    void FlushFolder();
}

/// <summary>An open file of an <see cref="IDisk"/>. Reading from several threads at once is allowed.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Length in bytes.</summary>
    long Length { get; }

    /// <summary>Writes all the bytes. Until <see cref="Flush"/> returns, a crash may keep any part.</summary>
    void WriteAt(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Fills the buffer as far as the file goes, and tells how many bytes that were.</summary>
    int ReadAt(long offset, Span<byte> buffer);

    /// <summary>Returns when all that was written to this file survives a power cut (fsync).</summary>
    void Flush();
}
