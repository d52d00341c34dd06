using Holdfast.Node.Storage;

namespace Holdfast.Insider;

/// <summary>A disk that is about to fail, as many do before they do: every flush takes long.</summary>
internal sealed class SlowDisk(IDisk disk, Mood mood) : IDisk
{
    public IDiskFile Create(string name, long length) => new SlowFile(disk.Create(name, length), mood);

    public IDiskFile Open(string name) => new SlowFile(disk.Open(name), mood);

    public void Delete(string name) => disk.Delete(name);

    public IReadOnlyList<string> List() => disk.List();

    public void FlushFolder() => disk.FlushFolder();

    private sealed class SlowFile(IDiskFile file, Mood mood) : IDiskFile
    {
        private static readonly TimeSpan Takes = TimeSpan.FromMilliseconds(250);

        public long Length => file.Length;

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => file.WriteAt(offset, bytes);

        public int ReadAt(long offset, Span<byte> buffer) => file.ReadAt(offset, buffer);

        public void Flush()
        {
            file.Flush();
            if (mood.SlowFlushes is { } flushes)
            {
                flushes.OnSlowFlush();
                Thread.Sleep(Takes);
            }
        }

        public void Dispose() => file.Dispose();
    }
}
