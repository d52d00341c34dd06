using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Holdfast.Server.Tests.Storage;

/// <summary>What the state store promises.</summary>
public sealed class SqliteStateStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["state.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_store_holds_nothing()
    {
        using var store = new SqliteStateStore(File);
        Assert.Null(store.Load());
    }

    [Fact]
    public void The_last_save_comes_back_ordered_by_part_and_key()
    {
        using (var store = new SqliteStateStore(File))
        {
            store.Save(128, [1], [Put(1, [2], [20]), Put(0, [255], [30]), Put(1, [1, 0], [40]), Put(1, [1], [50])]);
            store.Save(ulong.MaxValue, [7, 8], [Put(1, [2], []), new StateChange(0, [255], null)]);
        }

        using var again = new SqliteStateStore(File);
        var state = again.Load()!;

        Assert.Equal(ulong.MaxValue, state.Sequence);
        Assert.Equal([7, 8], state.CheckpointProof);
        Assert.Equal(
            ["1 01 32", "1 0100 28", "1 02 "],
            state.Entries.Select(entry => $"{entry.Part} {entry.Entry.Key.ToHex()} {entry.Entry.Value.ToHex()}"));
    }

    /// <summary>They are hashed by many threads, some chunks ahead of who reads them.</summary>
    [Fact]
    public void Entries_come_in_order_however_many_there_are()
    {
        const int Count = 40_000;
        using var store = new SqliteStateStore(File);
        store.Save(1, [1], Enumerable.Range(0, Count).Reverse().Select(key => Put(0, KeyOf(key), [(byte)key])));

        Assert.Equal(
            Enumerable.Range(0, Count).Select(key => (new Bytes(KeyOf(key)), new Bytes([(byte)key]))),
            store.Load()!.Entries.Select(entry => (entry.Entry.Key, entry.Entry.Value)));

        static byte[] KeyOf(int key) => [(byte)(key >> 16), (byte)(key >> 8), (byte)key];
    }

    [Fact]
    public void A_save_that_breaks_off_changes_nothing()
    {
        using var store = new SqliteStateStore(File);
        store.Save(1, [1], [Put(0, [1], [1])]);

        Assert.Throws<InvalidOperationException>(() => store.Save(2, [2], BreakOff()));

        var state = store.Load()!;
        Assert.Equal(1ul, state.Sequence);
        Assert.Equal(new Bytes([1]), Assert.Single(state.Entries).Entry.Key);

        static IEnumerable<StateChange> BreakOff()
        {
            yield return Put(0, [2], [2]);
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public void All_its_files_are_for_their_owner_alone()
    {
        using var store = new SqliteStateStore(File);
        store.Save(1, [1], [Put(0, [1], [1])]);

        var files = Directory.GetFiles(_folder.Path);
        Assert.True(files.Length >= 2);
        Assert.All(files, file => Assert.Equal("600", TemporaryFolder.ModeOf(file)));
    }

    [Fact]
    public void It_writes_ahead_and_flushes_at_every_save()
    {
        using var store = new SqliteStateStore(File);
        Assert.Equal(("wal", 2L), (store.Ask("journal_mode"), store.Ask("synchronous")));
    }

    [Fact]
    public void An_unknown_format_is_refused_in_a_sentence()
    {
        new SqliteStateStore(File).Dispose();
        Tamper("UPDATE meta SET format = 9");

        var refusal = Assert.Throws<UnknownFormatException>(() => new SqliteStateStore(File));

        Assert.Equal((1ul, 9ul), (refusal.Expected, refusal.Found));
        Assert.Contains("has format 9, but this version", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_in_a_sentence()
    {
        System.IO.File.WriteAllText(File, new string('x', 5000));

        var refusal = Assert.Throws<StateStoreDamagedException>(() => new SqliteStateStore(File));

        Assert.Contains("'. Move the file away and start again", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_page_is_refused_at_the_start()
    {
        using (var store = new SqliteStateStore(File))
        {
            var keys = Enumerable.Range(0, 2000);
            store.Save(1, [1], keys.Select(key => Put(0, BitConverter.GetBytes(key), new byte[50])));
        }

        var bytes = System.IO.File.ReadAllBytes(File);
        bytes.AsSpan(5 * 4096, 2 * 4096).Fill(0x5a);
        System.IO.File.WriteAllBytes(File, bytes);

        Assert.Throws<StateStoreDamagedException>(() => new SqliteStateStore(File));
    }

    /// <summary>Taken for a new one, it would get differences on top of entries that nobody knows of.</summary>
    [Theory]
    [InlineData("UPDATE meta SET sequence = NULL")]
    [InlineData("UPDATE meta SET proof = NULL")]
    [InlineData("UPDATE meta SET sequence = NULL, proof = NULL")]
    public void Entries_of_no_known_sequence_are_refused(string damage)
    {
        using (var store = new SqliteStateStore(File))
        {
            store.Save(1, [1], [Put(0, [1], [1])]);
        }

        Tamper(damage);
        using var again = new SqliteStateStore(File);

        Assert.Throws<StateStoreDamagedException>(again.Load);
    }

    [Fact]
    public void A_full_disk_fails_a_save_in_a_sentence_and_keeps_the_one_before()
    {
        using var store = new SqliteStateStore(File);
        store.Save(1, [1], [Put(0, [1], [1])]);
        store.Ask("max_page_count = 10");

        var failure = Assert.Throws<StateStoreFailedException>(() => store.Save(
            2, [2], Enumerable.Range(0, 100).Select(key => Put(0, [(byte)key], new byte[4096]))));

        Assert.Contains("full", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing that was promised is lost", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1ul, store.Load()!.Sequence);
    }

    /// <summary>What is neither refused here nor as it was saved, does not fit the checkpoint's proof.</summary>
    [Fact]
    public void A_flipped_bit_anywhere_is_refused_by_the_stores_own_names()
    {
        using (var store = new SqliteStateStore(File))
        {
            store.Save(1, new byte[100], Enumerable.Range(0, 90).Select(key => Put(1, [(byte)key], new byte[key])));
        }

        var bytes = System.IO.File.ReadAllBytes(File);
        var refused = 0;
        for (var bit = 0; bit < bytes.Length * 8; bit += 97)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            System.IO.File.WriteAllBytes(File, bytes);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                using var store = new SqliteStateStore(File);
                _ = store.Load()?.Entries.Count();
            }
            catch (StorageException)
            {
                refused++;
            }
        }

        Assert.NotEqual(0, refused);
    }

    [Theory]
    [InlineData("part = 256")]
    [InlineData("part = 'x'")]
    [InlineData("key = 'text'")]
    [InlineData("value = 7")]
    public void An_entry_of_another_type_is_damage(string change)
    {
        using (var store = new SqliteStateStore(File))
        {
            store.Save(1, new byte[100], [Put(1, [1], [])]);
        }

        Tamper($"UPDATE entry SET {change}");

        using var tampered = new SqliteStateStore(File);
        Assert.Throws<StateStoreDamagedException>(() => tampered.Load()!.Entries.Count());
    }

    private void Tamper(string deed)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = deed;
        command.ExecuteNonQuery();
    }

    private static StateChange Put(byte part, byte[] key, byte[] value) => new(part, key, value);

}
