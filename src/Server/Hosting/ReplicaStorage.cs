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
    private const string StoreFile = "state.sqlite";

    private readonly FileDisk _evidenceDisk;
    private readonly StateOwner _owner;

    private ReplicaStorage(
        FileDisk disk, FileDisk evidenceDisk, StateOwner owner, Journal journal, SqliteStateStore store)
    {
        JournalDisk = disk;
        _evidenceDisk = evidenceDisk;
        _owner = owner;
        Evidence = new EvidenceStore(evidenceDisk);
        Journal = journal;
        Store = store;
    }

    public FileDisk JournalDisk { get; }

    public Journal Journal { get; }

    public SqliteStateStore Store { get; }

    public EvidenceStore Evidence { get; }

    /// <exception cref="ConfigurationException">Another process uses the folder, it is another replica's, or it cannot
    /// be written.</exception>
    /// <exception cref="StorageException">What is in it cannot be used.</exception>
    public static ReplicaStorage Open(ReplicaHome home, HostSettings settings)
    {
        var folder = home.StateFolder;
        FileDisk? disk = null;
        FileDisk? evidenceDisk = null;
        try
        {
            OwnerOnly.CreateFolder(folder);
            disk = new FileDisk(Path.Combine(folder, StateOwner.JournalFolder));
            var owner = new StateOwner(folder, home.Topology.Genesis.Cluster, home.Replica);
            owner.Check(hasJournal: disk.List().Count > 0);
            evidenceDisk = new FileDisk(Path.Combine(folder, HomeFiles.Evidence));
            var store = new SqliteStateStore(Path.Combine(folder, StoreFile));
            var journal = new Journal(settings.Disk(disk), new()
            {
                SegmentBytes = settings.JournalSegmentBytes,
                RetainedBytes = settings.JournalRetainedBytes,
                Salt = Salt,
            });
            return new ReplicaStorage(disk, evidenceDisk, owner, journal, store);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            disk?.Dispose();
            evidenceDisk?.Dispose();
            throw new ConfigurationException(failure.Message, failure);
        }
        catch
        {
            disk?.Dispose();
            evidenceDisk?.Dispose();
            throw;
        }
    }

    /// <summary>The journal has been read or begun: from now on the folder is this replica's, and has one.</summary>
    public void MarkBegun() => _owner.Mark();

    public void Dispose()
    {
        Journal.Dispose();
        Store.Dispose();
        JournalDisk.Dispose();
        _evidenceDisk.Dispose();
    }

    private static ulong Salt()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Randomness.System(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
