using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Transport;

/// <summary>Room for what is on its way out, of one connection and of all together.</summary>
public sealed class SendQueueTests
{
    private readonly SendRoom _room = new(100);

    [Fact]
    public void Those_who_do_not_read_leave_room_for_those_who_do()
    {
        var (deaf, other, reader) = (Queue(), Queue(), Queue());
        var held = Fill(deaf) + Fill(other);

        Assert.InRange(held, 60, 80);
        Assert.True(reader.TryReserve(10, 10));
    }

    [Fact]
    public void What_is_written_makes_room_again()
    {
        var queue = Queue();
        Assert.Equal(50, Fill(queue));

        queue.Free(frames: 2, bytes: 20);

        Assert.Equal(20, Fill(queue));
    }

    [Fact]
    public void The_end_of_a_connection_gives_its_room_back_once()
    {
        var gone = Queue();
        Fill(gone);
        gone.Close();
        gone.Close();
        gone.Free(frames: 1, bytes: 10);

        Assert.Equal(50, Fill(Queue()));
    }

    [Fact]
    public async Task Who_waits_for_frames_gets_all_of_them_when_woken_and_on_the_thread_that_wakes()
    {
        var queue = Queue();
        var taken = queue.TakeAllAsync([]);
        queue.Add([new byte[1]]);
        queue.Add([new byte[2], new byte[3]]);
        Assert.False(taken.IsCompleted);

        queue.Wake(here: true);

        Assert.True(taken.IsCompleted);
        Assert.Equal(3, (await taken)!.Count);
    }

    [Fact]
    public async Task Who_wakes_another_thread_leaves_the_writing_to_it()
    {
        var queue = Queue();
        var threads = new List<Thread>();
        var taken = TakeAsync();
        queue.Add([new byte[1]]);

        // A thread of the pool is never the one of this test's own.
        var self = new Thread(() =>
        {
            threads.Add(Thread.CurrentThread);
            queue.Wake(here: false);
        });
        self.Start();
        self.Join();
        await taken;

        Assert.NotSame(threads[0], threads[1]);

        async Task TakeAsync()
        {
            await queue.TakeAllAsync([]).ConfigureAwait(false);
            threads.Add(Thread.CurrentThread);
        }
    }

    [Fact]
    public async Task Who_waits_goes_when_the_queue_is_closed()
    {
        var queue = Queue();
        var taken = queue.TakeAllAsync([]);

        queue.Close();

        Assert.Null(await taken);
    }

    private static int Fill(SendQueue queue)
    {
        var bytes = 0;
        while (queue.TryReserve(10, 10))
        {
            bytes += 10;
        }

        return bytes;
    }

    private SendQueue Queue() => new(bytesMax: 80, framesMax: 1000, _room);
}
