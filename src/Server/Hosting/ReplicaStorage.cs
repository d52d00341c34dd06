using System.Buffers.Binary;
using Holdfast.Cryptography;
using Holdfast.Node.Storage;
using Holdfast.Server.Configuration;
using Holdfast.Server.Storage;

namespace Holdfast.Server.Hosting;

/// <summary>A replica's journal and state store, in its state folder, with the lock that keeps a second process
/// out.</summary>
internal sealed class ReplicaStorage : IDisposable
{
    private const string JournalFolder = "journal";
    private const string StoreFile = "state.sqlite";

    private readonly FileDisk _disk;

    private ReplicaStorage(FileDisk disk, Journal journal, SqliteStateStore store)
    {
        _disk = disk;
        Journal = journal;
        Store = store;
    }

    public Journal Journal { get; }

    public SqliteStateStore Store { get; }

    /// <exception cref="ConfigurationException">Another process uses the folder, or it cannot be written.</exception>
    /// <exception cref="StorageException">What is in it cannot be used.</exception>
    public static ReplicaStorage Open(string folder, HostSettings settings)
    {
        FileDisk? disk = null;
        try
        {
            OwnerOnly.CreateFolder(folder);
            disk = new FileDisk(Path.Combine(folder, JournalFolder));
            var store = new SqliteStateStore(Path.Combine(folder, StoreFile));
            var journal = new Journal(disk, new()
            {
                SegmentBytes = settings.JournalSegmentBytes,
                RetainedBytes = settings.JournalRetainedBytes,
                Salt = Salt,
            });
            return new ReplicaStorage(disk, journal, store);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            disk?.Dispose();
            throw new ConfigurationException(failure.Message, failure);
        }
        catch
        {
            disk?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Journal.Dispose();
        Store.Dispose();
        _disk.Dispose();
    }

    private static ulong Salt()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Randomness.System(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
