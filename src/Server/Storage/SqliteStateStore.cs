using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Holdfast.Server.Storage;

/// <summary>
/// The machine's state in one SQLite file, which ordinary tools can open: table <c>entry</c> (part, key, value) and
/// table <c>meta</c> (format, sequence, checkpoint proof).
/// </summary>
public sealed class SqliteStateStore : IStateStore
{
    public const long Format = 1;

    private const int RowsHashedAtOnce = 2048;
    private const int ChunksHashedAhead = 8;

    private const int CorruptFile = 11;
    private const int NotADatabase = 26;

    private readonly string _path;
    private readonly SqliteConnection _connection;

    // A save runs beside the pump, and whoever closes the store waits for it.
    private readonly Lock _gate = new();
    private bool _isClosed;

    /// <summary>Opens the file, and makes it where it is missing.</summary>
    /// <exception cref="UnknownFormatException">Another version of Holdfast wrote it.</exception>
    /// <exception cref="StateStoreDamagedException">It is no database, or a broken one.</exception>
    /// <exception cref="StateStoreFailedException">The disk does not bear it.</exception>
    public SqliteStateStore(string path)
    {
        _path = Path.GetFullPath(path);
        CreateForOwner(_path);
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false }.ToString());
        try
        {
            Guarded(() =>
            {
                _connection.Open();
                Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE");
                CheckWhole();
                Prepare();
                return true;
            });
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public string Name => _path;

    /// <summary>How long the longer of its files is: the log's pages take the places of others.</summary>
    public long StoredBytes => new[] { _path, _path + "-wal" }.Where(File.Exists).Max(path => new FileInfo(path).Length);

    public StoredState? Load() => Guarded(() =>
    {
        using var command = Command("SELECT sequence, proof, EXISTS (SELECT 1 FROM entry) FROM meta");
        using var reader = command.ExecuteReader();
        return (reader.Read(), reader.IsDBNull(0), reader.IsDBNull(1), reader.GetBoolean(2)) switch
        {
            (true, true, true, false) => null,
            (true, false, false, _) =>
                new StoredState((ulong)reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), Entries()),
            _ => throw new StateStoreDamagedException(
                _path, "it does not say of which sequence its entries are", cause: null),
        };
    });

    public void Save(ulong sequence, byte[] checkpointProof, IEnumerable<StateChange> changes)
    {
        ArgumentNullException.ThrowIfNull(checkpointProof);
        ArgumentNullException.ThrowIfNull(changes);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            Guarded(() =>
            {
                using var transaction = _connection.BeginTransaction();
                Apply(changes, transaction);
                using var meta = Command("UPDATE meta SET sequence = $sequence, proof = $proof");
                meta.Transaction = transaction;
                meta.Parameters.AddWithValue("$sequence", (long)sequence);
                meta.Parameters.AddWithValue("$proof", checkpointProof);
                meta.ExecuteNonQuery();
                transaction.Commit();
                return true;
            });
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _connection.Dispose();
        }
    }

    /// <summary>What SQLite says about one of its own settings.</summary>
    internal object? Ask(string setting)
    {
        using var command = Command($"PRAGMA {setting}");
        return command.ExecuteScalar();
    }

    private static void CreateForOwner(string path)
    {
        OwnerOnly.CreateFolder(Path.GetDirectoryName(path)!);
        // SQLite gives the files that it puts beside this one the same mode.
        using var file = new FileStream(path, OwnerOnly.File(FileMode.OpenOrCreate, FileShare.ReadWrite));
    }

    /// <summary>A damaged page is found now, and not when the replica has already voted.</summary>
    private void CheckWhole()
    {
        using var command = Command("PRAGMA quick_check(1)");
        var found = command.ExecuteScalar() as string;
        if (found != "ok")
        {
            throw new StateStoreDamagedException(_path, $"SQLite says: {found}", cause: null);
        }
    }

    private void Prepare()
    {
        using var tables = Command("SELECT count(*) FROM sqlite_schema");
        if ((long)tables.ExecuteScalar()! == 0)
        {
            using var transaction = _connection.BeginTransaction();
            Execute(
                $"""
                CREATE TABLE meta (format INTEGER NOT NULL, sequence INTEGER, proof BLOB);
                CREATE TABLE entry (part INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
                    PRIMARY KEY (part, key)) WITHOUT ROWID;
                INSERT INTO meta (format) VALUES ({Format});
                """);
            transaction.Commit();
            return;
        }

        using var format = Command("SELECT format FROM meta");
        var found = format.ExecuteScalar() as long?
            ?? throw new StateStoreDamagedException(_path, "it names no format", cause: null);
        if (found != Format)
        {
            throw new UnknownFormatException(_path, Format, (ulong)found);
        }
    }

    /// <summary>Rows are read by the caller's thread while others hash those before.</summary>
    private IEnumerable<StateEntry> Entries()
    {
        var hashing = new Queue<Task<StateEntry[]>>();
        foreach (var rows in Rows().Chunk(RowsHashedAtOnce))
        {
            hashing.Enqueue(Task.Run(() => Array.ConvertAll(
                rows, row => new StateEntry(row.Part, MapEntry.Hashed(new(row.Key), new(row.Value))))));
            while (hashing.Count > ChunksHashedAhead)
            {
                foreach (var entry in hashing.Dequeue().GetAwaiter().GetResult())
                {
                    yield return entry;
                }
            }
        }

        foreach (var entry in hashing.SelectMany(chunk => chunk.GetAwaiter().GetResult()))
        {
            yield return entry;
        }
    }

    /// <summary>Straight from SQLite: what ADO.NET does around a row takes as long as the row.</summary>
    private IEnumerable<(byte Part, byte[] Key, byte[] Value)> Rows()
    {
        Check(raw.sqlite3_prepare_v2(
            _connection.Handle, "SELECT part, key, value FROM entry ORDER BY part, key", out var statement));
        using (statement)
        {
            while (true)
            {
                var result = raw.sqlite3_step(statement);
                if (result == raw.SQLITE_DONE)
                {
                    yield break;
                }

                if (result != raw.SQLITE_ROW)
                {
                    Check(result);
                }

                yield return (
                    PartOf(statement),
                    raw.sqlite3_column_blob(statement, 1).ToArray(),
                    raw.sqlite3_column_blob(statement, 2).ToArray());
            }
        }
    }

    /// <summary>SQLite lets any column hold any type: a flipped byte may have made a number of a text.</summary>
    private byte PartOf(sqlite3_stmt statement)
    {
        var isTyped = raw.sqlite3_column_type(statement, 0) == raw.SQLITE_INTEGER
            && raw.sqlite3_column_type(statement, 1) == raw.SQLITE_BLOB
            && raw.sqlite3_column_type(statement, 2) == raw.SQLITE_BLOB;
        var part = raw.sqlite3_column_int64(statement, 0);
        return isTyped && part is >= byte.MinValue and <= byte.MaxValue ? (byte)part : throw new StateStoreDamagedException(
            _path, "an entry's part, key or value is of another type", cause: null);
    }

    private void Check(int result) => Guarded(() =>
    {
        SqliteException.ThrowExceptionForRC(result, _connection.Handle);
        return true;
    });

    private void Apply(IEnumerable<StateChange> changes, SqliteTransaction transaction)
    {
        using var put = Command(
            "INSERT INTO entry VALUES ($part, $key, $value) ON CONFLICT DO UPDATE SET value = excluded.value");
        using var delete = Command("DELETE FROM entry WHERE part = $part AND key = $key");
        put.Transaction = transaction;
        delete.Transaction = transaction;
        SqliteParameter part = new("$part", SqliteType.Integer), key = new("$key", SqliteType.Blob);
        SqliteParameter value = new("$value", SqliteType.Blob);
        put.Parameters.AddRange([part, key, value]);
        delete.Parameters.AddRange([part, key]);
        foreach (var change in changes)
        {
            (part.Value, key.Value, value.Value) = ((long)change.Part, change.Key, change.Value);
            (change.Value is null ? delete : put).ExecuteNonQuery();
        }
    }

    private void Execute(string text)
    {
        using var command = Command(text);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the constants above; what comes from outside is a parameter.
        command.CommandText = text;
#pragma warning restore CA2100
        return command;
    }

    private T Guarded<T>(Func<T> deed)
    {
        try
        {
            return deed();
        }
        catch (SqliteException cause) when (cause.SqliteErrorCode is CorruptFile or NotADatabase)
        {
            throw new StateStoreDamagedException(_path, cause.Message.TrimEnd('.'), cause);
        }
        catch (SqliteException cause)
        {
            throw new StateStoreFailedException(_path, cause);
        }
        catch (Exception cause) when (cause is InvalidCastException or OverflowException or FormatException)
        {
            // SQLite lets any column hold any type: a flipped byte may have made a number of a text.
            throw new StateStoreDamagedException(_path, cause.Message.TrimEnd('.'), cause);
        }
    }
}
