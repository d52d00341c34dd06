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

    /// <summary>Of the memory that is free, since others on the machine may start at the same time.</summary>
    private const long ShareOfFree = 5;

    /// <summary>For long values, which are kept elsewhere and are not copied.</summary>
    private const long BytesForLongOnes = 16L * 1024 * 1024;

    // There is one collector in a process, and may be more hosts.
    private static readonly Lock Gate = new();

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
        var wanted = (BytesForOneStored * storedBytes) + BytesForLongOnes;
        var isEnough = wanted <= (memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes) / ShareOfFree;
        return new(isEnough && TryBegin(wanted));
    }

    /// <summary>What it has put off is done now, and not when all replicas of a site are at work again.</summary>
    public void Dispose()
    {
        if (!HasBegun)
        {
            return;
        }

        lock (Gate)
        {
            try
            {
                if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
                {
                    GC.EndNoGCRegion();
                }
            }
            catch (InvalidOperationException)
            {
                // It ended by itself at this moment.
            }
        }

        GC.Collect();
    }

    private static bool TryBegin(long bytes)
    {
        lock (Gate)
        {
            try
            {
                return GCSettings.LatencyMode != GCLatencyMode.NoGCRegion
                    && GC.TryStartNoGCRegion(bytes, BytesForLongOnes);
            }
            catch (ArgumentOutOfRangeException)
            {
                // More than this machine's collector grants at once.
                return false;
            }
        }
    }
}
