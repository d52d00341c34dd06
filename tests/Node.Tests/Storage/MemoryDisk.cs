using Holdfast.Node.Storage;

namespace Holdfast.Node.Tests.Storage;

/// <summary>
/// A disk in memory that counts flushes, fails on demand, and at a <see cref="Crash"/> keeps of what was not flushed
/// whatever the dice say: whole writes, single bytes of them, or nothing; names too.
/// </summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly SortedDictionary<string, Contents> _files = new(StringComparer.Ordinal);
    private SortedDictionary<string, Contents> _durableNames = new(StringComparer.Ordinal);

    /// <summary>Flushes of files, so far.</summary>
    public int Flushes { get; private set; }

    public int Writes { get; private set; }

    /// <summary>Lets the next flush fail, with nothing known about what it wrote.</summary>
    public bool FailNextFlush { get; set; }

    /// <summary>Throws at the write or flush after so many more: a crash in the middle of things.</summary>
    public int? DeedsLeft { get; set; }

    public IDiskFile Create(string name, long length)
    {
        Spend();
        if (_files.ContainsKey(name))
        {
            throw new IOException($"{name} exists.");
        }

        return new OpenFile(this, _files[name] = new Contents(new byte[length]));
    }

    public IDiskFile Open(string name) => new OpenFile(this, _files[name]);

    public void Delete(string name)
    {
        Spend();
        _files.Remove(name);
    }

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public void FlushFolder()
    {
        Spend();
        _durableNames = new(_files, StringComparer.Ordinal);
    }

    /// <summary>The bytes of a file, as they are now, to be looked at or spoilt.</summary>
    public byte[] this[string name] => _files[name].Now;

    public void Truncate(string name, int length) => _files[name] = new Contents(_files[name].Now[..length]);

    /// <summary>Another disk with the same durable bytes.</summary>
    public MemoryDisk Copy()
    {
        var copy = new MemoryDisk();
        foreach (var (name, contents) in _files)
        {
            copy._files[name] = new Contents([.. contents.Now]);
        }

        copy.FlushFolder();
        return copy;
    }

    /// <summary>The power goes; what comes back is durable.</summary>
    public void Crash(SplitMix64 dice)
    {
        DeedsLeft = null;
        foreach (var name in _files.Keys.Union(_durableNames.Keys).ToList())
        {
            // An unflushed creation or deletion may or may not have happened.
            var contents = _files.GetValueOrDefault(name) ?? _durableNames[name];
            var isCertain = _files.ContainsKey(name) == _durableNames.ContainsKey(name);
            if (!isCertain && dice.Below(2) == 0)
            {
                _files.Remove(name);
                continue;
            }

            _files[name] = contents;
            contents.Crash(dice);
        }

        _durableNames = new(_files, StringComparer.Ordinal);
    }

    private void Spend()
    {
        if (DeedsLeft is { } left)
        {
            DeedsLeft = left - 1;
            if (left <= 0)
            {
                throw new IOException("The power is gone.");
            }
        }
    }

    private sealed class Contents(byte[] bytes)
    {
        private readonly List<(long Offset, byte[] Bytes)> _unflushed = [];
        private byte[] _durable = [.. bytes];

        public byte[] Now { get; } = bytes;

        public void Write(long offset, ReadOnlySpan<byte> written)
        {
            written.CopyTo(Now.AsSpan((int)offset));
            _unflushed.Add((offset, written.ToArray()));
        }

        public void Flush()
        {
            _durable = [.. Now];
            _unflushed.Clear();
        }

        public void Crash(SplitMix64 dice)
        {
            foreach (var (offset, written) in _unflushed)
            {
                Tear(_durable.AsSpan((int)offset, written.Length), written, dice);
            }

            _durable.CopyTo(Now.AsSpan());
            _unflushed.Clear();
        }

        /// <summary>All, none, a beginning, an end, or blocks of one size here and there.</summary>
        private static void Tear(Span<byte> target, byte[] written, SplitMix64 dice)
        {
            var cut = dice.Below(written.Length + 1);
            var block = 1 << dice.Below(8);
            var manner = dice.Below(5);
            for (var start = 0; start < written.Length; start += manner == 4 ? block : 1)
            {
                var length = manner == 4 ? Math.Min(block, written.Length - start) : 1;
                var isKept = manner switch
                {
                    0 => true,
                    1 => false,
                    2 => start < cut,
                    3 => start >= cut,
                    _ => dice.Below(2) == 0,
                };
                if (isKept)
                {
                    written.AsSpan(start, length).CopyTo(target[start..]);
                }
            }
        }
    }

    private sealed class OpenFile(MemoryDisk disk, Contents contents) : IDiskFile
    {
        public long Length => contents.Now.Length;

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Spend();
            disk.Writes++;
            contents.Write(offset, bytes);
        }

        public int ReadAt(long offset, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(contents.Now.Length - offset, 0, buffer.Length);
            contents.Now.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }

        public void Flush()
        {
            disk.Spend();
            disk.Flushes++;
            if (disk.FailNextFlush)
            {
                disk.FailNextFlush = false;
                throw new IOException("The flush failed.");
            }

            contents.Flush();
        }

        public void Dispose()
        {
        }
    }
}
