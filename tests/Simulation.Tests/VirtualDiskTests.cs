namespace Holdfast.Simulation.Tests;

/// <summary>The virtual disk keeps what was flushed, and forgets as a real one may.</summary>
public sealed class VirtualDiskTests
{
    [Fact]
    public void What_was_flushed_survives_every_crash()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var disk = new VirtualDisk();
            using var file = disk.Create("a", 8192);
            disk.FlushFolder();
            file.WriteAt(100, Filled(3000, 7));
            file.Flush();
            file.WriteAt(1000, Filled(3000, 9));
            disk.Crash(new Dice(seed));

            Assert.Equal(Filled(900, 7), Read(disk, 100, 900));
        }
    }

    [Fact]
    public void What_was_not_flushed_is_kept_lost_and_torn_by_turns()
    {
        var outcomes = new SortedSet<int>();
        for (ulong seed = 0; seed < 100; seed++)
        {
            var disk = new VirtualDisk();
            using var file = disk.Create("a", 8192);
            disk.FlushFolder();
            file.WriteAt(0, Filled(1024, 9));
            disk.Crash(new Dice(seed));
            outcomes.Add(Read(disk, 0, 1024).Count(one => one == 9));
        }

        Assert.Equal([0, 512, 1024], outcomes);
    }

    [Fact]
    public void A_rotten_disk_loses_what_was_flushed_or_turns_one_bit_of_it_over()
    {
        var changes = new SortedSet<int>();
        for (ulong seed = 0; seed < 50; seed++)
        {
            var disk = new VirtualDisk();
            using var file = disk.Create("a", 8192);
            disk.FlushFolder();
            file.WriteAt(0, Filled(1000, 7));
            file.Flush();
            disk.Rot(new Dice(seed));
            changes.Add(Read(disk, 0, 1000).Count(one => one != 7));
        }

        Assert.Equal([0, 1, 1000], changes);
    }

    [Fact]
    public void A_file_whose_folder_was_not_flushed_may_be_gone()
    {
        var there = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            var disk = new VirtualDisk();
            disk.Create("a", 4096).Dispose();
            disk.Crash(new Dice(seed));
            there += disk.List().Count;
        }

        Assert.InRange(there, 20, 80);
    }

    [Fact]
    public void A_flush_that_fails_for_want_of_power_may_have_been_written()
    {
        foreach (var isWritten in new[] { false, true })
        {
            var disk = new VirtualDisk();
            using var file = disk.Create("a", 4096);
            disk.FlushFolder();
            file.WriteAt(0, Filled(10, 1));
            disk.FailAtFlush(after: 0, isWritten);

            Assert.Throws<IOException>(file.Flush);
            Assert.True(disk.HasFailed);
            disk.Crash(new Dice(3));
            Assert.False(disk.HasFailed);
            if (isWritten)
            {
                Assert.Equal(Filled(10, 1), Read(disk, 0, 10));
            }
        }
    }

    private static byte[] Filled(int length, byte value) => [.. Enumerable.Repeat(value, length)];

    private static byte[] Read(VirtualDisk disk, long offset, int length)
    {
        using var file = disk.Open("a");
        var bytes = new byte[length];
        file.ReadAt(offset, bytes);
        return bytes;
    }
}
