using System.Runtime;

namespace Holdfast.Server.Hosting;

/// <summary>While the state is read, nearly all that is allocated stays, and all that the collector does is to copy it from
/// one generation to the next: half of the time that three million entries take. So it rests until the state is there, where
/// the machine has the memory for it. If more is allocated than was thought, it begins anew by itself.</summary>
internal sealed class CollectorAtRest : IDisposable
{
    /// <summary>Small entries take so much memory, with what reading them leaves behind, for each byte on the disk.</summary>
    private const long BytesForOneStored = 9;

    /// <summary>Less is read before anybody notices.</summary>
    private const long StoredAtLeast = 4L * 1024 * 1024;

    private CollectorAtRest(bool hasBegun) => HasBegun = hasBegun;

    /// <summary>False where there is too little to read, or too little memory.</summary>
    public bool HasBegun { get; }

    /// <param name="storedBytes">Bytes on the disk of what will be read.</param>
    public static CollectorAtRest WhileReading(long storedBytes)
    {
        if (storedBytes < StoredAtLeast)
        {
            return new(hasBegun: false);
        }

        // What the machine has free is as of the last collection.
        GC.Collect();
        var memory = GC.GetGCMemoryInfo();
        var wanted = BytesForOneStored * storedBytes;
        var isEnough = wanted <= (memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes) / 2;
        return new(isEnough && TryBegin(wanted));
    }

    public void Dispose()
    {
        if (HasBegun && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
        {
            GC.EndNoGCRegion();
        }
    }

    private static bool TryBegin(long bytes)
    {
        try
        {
            return GCSettings.LatencyMode != GCLatencyMode.NoGCRegion && GC.TryStartNoGCRegion(bytes);
        }
        catch (ArgumentOutOfRangeException)
        {
            // More than this machine's collector grants at once.
            return false;
        }
    }
}
