using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Holdfast.Cli.Demo;

/// <summary>
/// The one road by which everybody at a place reaches other places. Where it is narrow, what is handed to it leaves in that
/// order, bit after bit, whichever process it is of. The processes share a file: how wide it is, and from when on it is free.
/// </summary>
/// <remarks>Nothing is ever lost on it: what waits is bounded where it waits, in the queues of connections.</remarks>
internal sealed unsafe class SharedUplink : IDisposable
{
    private const int FileBytes = 2 * sizeof(long);
    private const int BitsPerByte = 8;
    private const double Million = 1e6;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Func<long> _now;

    /// <summary>A <see cref="Stopwatch"/> time, which is the same in all processes of the machine.</summary>
    private readonly long* _freeAt;

    /// <summary><see cref="Stopwatch"/> ticks that a million bytes take; 0 where the road is as wide as anyone
    /// likes.</summary>
    private readonly long* _ticksPerMillion;

    /// <param name="file">Made if it is not there; one for each place.</param>
    /// <param name="now">For tests.</param>
    public SharedUplink(string file, Func<long>? now = null)
    {
        _now = now ?? Stopwatch.GetTimestamp;
        _file = MemoryMappedFile.CreateFromFile(file, FileMode.OpenOrCreate, mapName: null, FileBytes);
        _view = _file.CreateViewAccessor(0, FileBytes);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _freeAt = (long*)(start + _view.PointerOffset);
        _ticksPerMillion = _freeAt + 1;
    }

    /// <summary>Makes the road so wide from now on, for everybody at the place.</summary>
    /// <param name="megabits">A second; null for as many as anyone likes.</param>
    public void Widen(double? megabits) => Volatile.Write(
        ref *_ticksPerMillion, megabits is { } some ? (long)(BitsPerByte * Stopwatch.Frequency / some) : 0);

    /// <summary>Takes the road for so many bytes, behind all that has it already; gives when the last has left.</summary>
    public long Departure(int bytes)
    {
        var ticks = (long)(bytes / Million * Volatile.Read(ref *_ticksPerMillion));
        while (true)
        {
            var freeAt = Volatile.Read(ref *_freeAt);
            var left = Math.Max(freeAt, _now()) + ticks;
            if (ticks == 0 || Interlocked.CompareExchange(ref *_freeAt, left, freeAt) == freeAt)
            {
                return left;
            }
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
