using System.Diagnostics;
using Holdfast.Node.Storage;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Server.Storage;

/// <summary>
/// A folder of the real disk. Folder and files are for their owner alone; a lock file keeps a second process out.
/// </summary>
public sealed class FileDisk : IDisk, IDisposable
{
    private const string LockName = "lock";

    private readonly string _folder;
    private readonly FileStream _lock;
    private long _ticksFlushing;

    /// <summary>Opens the folder, and makes it where it is missing.</summary>
    /// <exception cref="IOException">Another process uses the folder, or it cannot be made.</exception>
    public FileDisk(string folder)
    {
        _folder = Path.GetFullPath(folder);
        if (!Directory.Exists(_folder))
        {
            OwnerOnly.CreateFolder(_folder);
            DiskFlush.Folder(Path.GetDirectoryName(_folder) ?? _folder);
        }

        try
        {
            _lock = new FileStream(PathOf(LockName), OwnerOnly.File(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException cause)
        {
            throw new IOException($"{_folder} is in use by another process ({cause.Message}); stop it first.", cause);
        }
    }

    /// <summary>What flushes of its files took so far, all together. May be read by any thread.</summary>
    public TimeSpan TimeFlushing => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticksFlushing));

    public IDiskFile Create(string name, long length)
    {
        var options = OwnerOnly.File(FileMode.CreateNew, FileShare.Read);
        options.PreallocationSize = length;
        var file = new FileStream(PathOf(name), options);
        // Preallocation gives room, not length.
        file.SetLength(length);
        return new OpenFile(file, this);
    }

    public IDiskFile Open(string name) =>
        new OpenFile(new(PathOf(name), OwnerOnly.File(FileMode.Open, FileShare.Read)), this);

    public void Delete(string name) => File.Delete(PathOf(name));

    public IReadOnlyList<string> List() =>
        [.. Directory.EnumerateFiles(_folder).Select(path => Path.GetFileName(path)).Where(name => name != LockName)];

    public void FlushFolder() => DiskFlush.Folder(_folder);

    public void Dispose() => _lock.Dispose();

    private string PathOf(string name)
    {
        if (name.Length == 0 || name != Path.GetFileName(name))
        {
            throw new ArgumentException($"'{name}' is not the name of a file in this folder.", nameof(name));
        }

        return Path.Combine(_folder, name);
    }

    private sealed class OpenFile(FileStream file, FileDisk disk) : IDiskFile
    {
        private readonly SafeFileHandle _handle = file.SafeFileHandle;

        public long Length => RandomAccess.GetLength(_handle);

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, offset);

        public int ReadAt(long offset, Span<byte> buffer)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var count = RandomAccess.Read(_handle, buffer[total..], offset + total);
                if (count == 0)
                {
                    break;
                }

                total += count;
            }

            return total;
        }

        public void Flush()
        {
            var began = Stopwatch.GetTimestamp();
            DiskFlush.File(_handle, file.Name);
            Interlocked.Add(ref disk._ticksFlushing, Stopwatch.GetTimestamp() - began);
        }

        public void Dispose() => file.Dispose();
    }
}
