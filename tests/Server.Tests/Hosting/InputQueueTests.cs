using Holdfast.Protocol;
using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>Who waits for the pump, how many, and who goes first.</summary>
public sealed class InputQueueTests
{
    private static readonly Bytes Ann = new(new byte[32]);
    private static readonly Bytes Bob = new([.. Enumerable.Repeat((byte)1, 32)]);

    private static readonly ReplicaId One = new(new(0), 1);
    private static readonly ReplicaId Other = new(new(1), 0);

    private readonly InputQueue _queue = new(new InputQueueBounds
    {
        ReplicaInputsMax = 8,
        ReplicaBytesMax = 100,
        ClientInputsMax = 6,
        ClientBytesMax = 50,
    });

    [Fact]
    public void What_replicas_say_keeps_its_order()
    {
        var (first, second) = (Some(1), Some(2));
        _queue.Offer(One, first, 1);
        _queue.Offer(One, second, 1);

        Assert.Equal([first, second], Take(max: 8));
    }

    [Fact]
    public void Of_connections_the_latest_is_told_first_and_never_refused()
    {
        for (var count = 0; count < 8; count++)
        {
            _queue.Offer(One, Some(count), 1);
        }

        _queue.Tell(One, isConnected: false);
        _queue.Tell(Other, isConnected: true);
        _queue.Tell(One, isConnected: true);
        _queue.Tell(Other, isConnected: false);

        Input[] told = [new Input.Connected(One), new Input.Disconnected(Other)];
        Assert.Equal(told, Take(max: 8)[..2]);
        Assert.DoesNotContain(Take(max: 8), input => input is Input.Connected or Input.Disconnected);
    }

    [Fact]
    public void A_question_for_a_reply_weighs_as_what_it_brings()
    {
        const int Few = 4;
        var queue = new InputQueue(new() { ClientBytesMax = Few * (Limits.ReplyWantedBytes + 33) });
        var taken = 0;
        while (queue.OfferFromClient(Ann, new Input.ReplyWanted(Ann, Digest.Of([(byte)taken])), 33) == Rejection.None)
        {
            taken++;
        }

        Assert.Equal(Few / 2, taken);
        Assert.Equal(Rejection.None, queue.OfferFromClient(Bob, new Input.ReplyWanted(Bob, Digest.Of([])), 33));
    }

    [Fact]
    public void Beyond_its_bound_a_queue_refuses_by_name()
    {
        for (var count = 0; count < 8; count++)
        {
            Assert.Equal(Rejection.None, _queue.Offer(new(new(0), count), Some(count), 1));
        }

        Assert.Equal(Rejection.Overloaded, _queue.Offer(One, Some(8), 1));
        Assert.Equal(8, Take(max: 16).Count);
        Assert.Equal(Rejection.None, _queue.Offer(One, Some(9), 1));
    }

    [Fact]
    public void Bytes_count_as_well_as_numbers()
    {
        Assert.Equal(Rejection.None, _queue.Offer(One, Some(1), 60));
        Assert.Equal(Rejection.Overloaded, _queue.Offer(Other, Some(2), 60));
        Assert.Equal(Rejection.None, _queue.OfferFromClient(Ann, Some(3), 30));
        Assert.Equal(Rejection.ShareUsedUp, _queue.OfferFromClient(Ann, Some(4), 1));
        Assert.Equal(Rejection.None, _queue.OfferFromClient(Bob, Some(5), 20));
        Assert.Equal(Rejection.Overloaded, _queue.OfferFromClient(Bob, Some(6), 1));
    }

    [Fact]
    public void One_client_cannot_take_the_room_of_another()
    {
        for (var count = 0; count < 3; count++)
        {
            Assert.Equal(Rejection.None, _queue.OfferFromClient(Ann, Some(count), 1));
        }

        Assert.Equal(Rejection.ShareUsedUp, _queue.OfferFromClient(Ann, Some(4), 1));
        Assert.Equal(Rejection.None, _queue.OfferFromClient(Bob, Some(5), 1));
    }

    [Fact]
    public void Clients_take_turns()
    {
        var (first, second, third, other) = (Some(1), Some(2), Some(3), Some(4));
        _queue.OfferFromClient(Ann, first, 1);
        _queue.OfferFromClient(Ann, second, 1);
        _queue.OfferFromClient(Ann, third, 1);
        _queue.OfferFromClient(Bob, other, 1);

        Assert.Equal([first, other, second, third], Take(max: 8));
    }

    /// <summary>One that belongs to an attacker may say what it likes, as fast as it can.</summary>
    [Fact]
    public void A_replica_that_floods_takes_no_room_and_no_turn_of_another()
    {
        var said = 0;
        while (_queue.Offer(Other, Some(said), 1) == Rejection.None)
        {
            said++;
        }

        Assert.Equal(Rejection.ShareUsedUp, _queue.Offer(Other, Some(said), 1));
        var heard = Some(100);
        Assert.Equal(Rejection.None, _queue.Offer(One, heard, 1));
        Assert.Contains(heard, Take(max: 2));
    }

    [Fact]
    public void Replicas_go_first_but_never_alone()
    {
        for (var count = 0; count < 8; count++)
        {
            _queue.Offer(new(new(0), count), Some(count), 1);
        }

        var wanted = Some(100);
        _queue.OfferFromClient(Ann, wanted, 1);

        Assert.Equal(wanted, Take(max: 4)[^1]);
        Assert.Equal(0, _queue.ClientInputs);
    }

    [Fact]
    public void A_wake_up_ends_the_wait_of_an_empty_queue()
    {
        _queue.Wake();

        Assert.Empty(Take(max: 4, TimeSpan.FromMinutes(10)));
    }

    private static Input.NoncesMade Some(int number) => new(0, 0, (uint)number, []);

    private List<Input> Take(int max) => Take(max, TimeSpan.Zero);

    private List<Input> Take(int max, TimeSpan patience)
    {
        var taken = new List<Input>();
        _queue.Take(taken, max, patience);
        return taken;
    }
}
