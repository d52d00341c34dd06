using Holdfast.Node.Storage;
using Holdfast.Server.Storage;

namespace Holdfast.Server.Tests.Storage;

/// <summary>The real disk behind the journal's port.</summary>
public sealed class FileDiskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_made_with_its_length_all_zeros_and_for_its_owner_alone()
    {
        using var disk = new FileDisk(_folder["journal"]);
        using (var file = disk.Create("a", 10_000))
        {
            disk.FlushFolder();
            var bytes = new byte[20_000];
            Assert.Equal(10_000, file.Length);
            Assert.Equal(10_000, file.ReadAt(0, bytes));
            Assert.True(bytes.AsSpan().IndexOfAnyExcept((byte)0) < 0);
        }

        Assert.Equal(["a"], disk.List());
        Assert.Equal("600", TemporaryFolder.ModeOf(_folder["journal/a"]));
        Assert.Equal("700", TemporaryFolder.ModeOf(_folder["journal"]));
    }

    [Fact]
    public void What_is_written_can_be_read_and_a_deleted_file_is_gone()
    {
        using var disk = new FileDisk(_folder.Path);
        using (var file = disk.Create("a", 100))
        {
            file.WriteAt(50, [1, 2, 3]);
            file.Flush();
        }

        using (var file = disk.Open("a"))
        {
            var bytes = new byte[100];
            Assert.Equal(51, file.ReadAt(49, bytes));
            Assert.Equal([0, 1, 2, 3, 0], bytes[..5]);
        }

        Assert.Throws<IOException>(() => disk.Create("a", 1));
        disk.Delete("a");
        Assert.Empty(disk.List());
    }

    /// <summary>.NET's own flush loses the error; a replica would promise what no disk holds.</summary>
    [Fact]
    public void A_flush_that_the_system_refuses_is_told()
    {
        using var disk = new FileDisk(_folder.Path);
        File.CreateSymbolicLink(_folder["a"], "/dev/null");
        using var file = disk.Open("a");
        file.WriteAt(0, [1]);

        var failure = Assert.Throws<IOException>(file.Flush);

        Assert.Contains("cannot be flushed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_owner_of_the_folder_is_refused()
    {
        using var disk = new FileDisk(_folder.Path);

        var refusal = Assert.Throws<IOException>(() => new FileDisk(_folder.Path));

        Assert.Contains("is in use by another process", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_cannot_leave_the_folder()
    {
        using var disk = new FileDisk(_folder.Path);
        Assert.Throws<ArgumentException>(() => disk.Create("../a", 1));
    }

    [Fact]
    public void The_journal_lives_on_it()
    {
        var options = new JournalOptions { SegmentBytes = 8192, RetainedBytes = 0, Salt = () => 7 };
        using (var disk = new FileDisk(_folder.Path))
        using (var journal = new Journal(disk, options))
        {
            journal.Replay(_ => { });
            for (var place = 1ul; place <= 40; place++)
            {
                journal.Append(1, place, new byte[1000]);
                journal.Flush();
            }

            journal.Release(20);
        }

        using var again = new FileDisk(_folder.Path);
        using var reopened = new Journal(again, options);
        var places = new List<ulong>();
        reopened.Replay(record => places.Add(record.Place));

        Assert.InRange(places[0], 2ul, 21ul);
        Assert.Equal(40ul, places[^1]);
    }
}
