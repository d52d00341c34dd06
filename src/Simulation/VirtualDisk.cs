using Holdfast.Node.Storage;

namespace Holdfast.Simulation;

/// <summary>A disk that keeps what was flushed. What was not may be lost, kept or torn when its machine crashes; a
/// file whose folder was not flushed may be gone.</summary>
public sealed class VirtualDisk : IDisk
{
    // A disk writes whole sectors; within one, there is old or new and nothing between.
    private const int Sector = 512;

    private readonly SortedDictionary<string, Content> _files = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _unflushedNames = new(StringComparer.Ordinal);
    private int _flushesLeft = int.MaxValue;
    private bool _lastFlushCounts;

    /// <summary>The power has failed within a flush; only <see cref="Crash"/> comes next.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Lets the power fail at a flush to come.</summary>
    /// <param name="after">So many flushes still succeed.</param>
    /// <param name="isWritten">The failing flush reaches the disk, but nobody learns of it.</param>
    public void FailAtFlush(int after, bool isWritten) => (_flushesLeft, _lastFlushCounts) = (after, isWritten);

    /// <summary>Takes that back.</summary>
    public void Spare() => _flushesLeft = int.MaxValue;

    public IDiskFile Create(string name, long length)
    {
        var content = new Content(length);
        _files.Add(name, content);
        _unflushedNames.Add(name);
        return new OpenFile(this, content);
    }

    public IDiskFile Open(string name) =>
        _files.TryGetValue(name, out var content) ? new OpenFile(this, content) : throw new FileNotFoundException(name);

    public void Delete(string name) => _files.Remove(name);

    public IReadOnlyList<string> List() => [.. _files.Keys];

    public void FlushFolder() => _unflushedNames.Clear();

    /// <summary>The machine loses power.</summary>
    public void Crash(Dice dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        foreach (var name in _unflushedNames)
        {
            if (dice.OneIn(2))
            {
                _files.Remove(name);
            }
        }

        _unflushedNames.Clear();
        (HasFailed, _flushesLeft) = (false, int.MaxValue);
        foreach (var content in _files.Values)
        {
            content.Crash(dice);
        }
    }

    /// <summary>The disk lied: of what was flushed, each file may have lost the last writes, or has one bit turned
    /// over.</summary>
    public void Rot(Dice dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        foreach (var content in _files.Values)
        {
            content.Rot(dice);
        }
    }

    /// <summary>All that is on it, while its machine is down.</summary>
    public VirtualDisk Copy()
    {
        var copy = new VirtualDisk();
        foreach (var (name, content) in _files)
        {
            copy._files.Add(name, content.Copy());
        }

        return copy;
    }

    private void Flush(Content content)
    {
        HasFailed |= _flushesLeft == 0;
        if (!HasFailed || _lastFlushCounts)
        {
            content.Flush();
        }

        if (HasFailed)
        {
            throw new IOException("The power failed.");
        }

        _flushesLeft -= _flushesLeft == int.MaxValue ? 0 : 1;
    }

    /// <summary>The bytes of a file; what was never written is zero and takes no room.</summary>
    private sealed class Content(long length)
    {
        private const int FlushedKept = 16;

        private readonly List<(int Offset, byte[] Old, byte[] New)> _flushed = [];
        private readonly List<(int Offset, byte[] Old, byte[] New)> _unflushed = [];
        private byte[] _bytes = new byte[4096];

        public long Length { get; } = length;

        public void Write(int offset, ReadOnlySpan<byte> bytes)
        {
            if (offset + bytes.Length > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, offset + bytes.Length));
            }

            var target = _bytes.AsSpan(offset, bytes.Length);
            _unflushed.Add((offset, target.ToArray(), bytes.ToArray()));
            bytes.CopyTo(target);
        }

        public int Read(long offset, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
            var there = (int)Math.Clamp(_bytes.Length - offset, 0, count);
            buffer[..count].Clear();
            _bytes.AsSpan((int)Math.Min(offset, _bytes.Length), there).CopyTo(buffer);
            return count;
        }

        public Content Copy() => new(Length) { _bytes = (byte[])_bytes.Clone() };

        public void Flush()
        {
            _flushed.AddRange(_unflushed);
            _flushed.RemoveRange(0, Math.Max(0, _flushed.Count - FlushedKept));
            _unflushed.Clear();
        }

        public void Rot(Dice dice)
        {
            if (dice.OneIn(2))
            {
                for (var lost = dice.Below(_flushed.Count + 1); lost > 0; lost--)
                {
                    _flushed[^1].Old.CopyTo(_bytes, _flushed[^1].Offset);
                    _flushed.RemoveAt(_flushed.Count - 1);
                }
            }
            else if (_flushed.Count > 0)
            {
                var (offset, _, written) = _flushed[dice.Below(_flushed.Count)];
                _bytes[offset + dice.Below(written.Length)] ^= (byte)(1 << dice.Below(8));
            }
        }

        public void Crash(Dice dice)
        {
            for (var index = _unflushed.Count - 1; index >= 0; index--)
            {
                _unflushed[index].Old.CopyTo(_bytes, _unflushed[index].Offset);
            }

            foreach (var (offset, _, written) in _unflushed)
            {
                for (var start = 0; start < written.Length;)
                {
                    var end = Math.Min(written.Length, start + Sector - ((offset + start) % Sector));
                    if (dice.OneIn(2))
                    {
                        written.AsSpan(start, end - start).CopyTo(_bytes.AsSpan(offset + start));
                    }

                    start = end;
                }
            }

            _unflushed.Clear();
        }
    }

    private sealed class OpenFile(VirtualDisk disk, Content content) : IDiskFile
    {
        public long Length => content.Length;

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => content.Write((int)offset, bytes);

        public int ReadAt(long offset, Span<byte> buffer) => content.Read(offset, buffer);

        public void Flush() => disk.Flush(content);

        public void Dispose()
        {
        }
    }
}
