namespace Holdfast.Protocol.Tests;

/// <summary>How clients share room.</summary>
public sealed class ClientSharesTests
{
    private static readonly Bytes[] Clients = [.. Enumerable.Range(0, 8).Select(index => new Bytes([(byte)index]))];

    [Fact]
    public void One_client_alone_has_half_of_the_room()
    {
        var shares = new ClientShares(itemsMax: 100, bytesMax: 1_000_000);

        Assert.Equal(50, Fill(shares, Clients[0], bytes: 1));
        Assert.Equal(Rejection.ShareUsedUp, shares.Judge(Clients[0], 1, Rejection.PoolFull));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Greedy_clients_take_equal_parts_and_leave_one_for_who_comes_next(int greedy)
    {
        var shares = new ClientShares(itemsMax: 1_000_000, bytesMax: 8000);
        for (var isAnyTaken = true; isAnyTaken;)
        {
            isAnyTaken = false;
            foreach (var client in Clients.Take(greedy))
            {
                isAnyTaken |= TryAdd(shares, client, bytes: 10);
            }
        }

        Assert.InRange(8000 - shares.Bytes, (8000 / (greedy + 1)) - (10 * greedy), (8000 / (greedy + 1)) + (10 * greedy));
        Assert.Equal(Rejection.None, shares.Judge(new([99]), 10, Rejection.PoolFull));
    }

    [Fact]
    public void What_leaves_makes_room_again()
    {
        var shares = new ClientShares(itemsMax: 10, bytesMax: 10);
        Assert.True(TryAdd(shares, Clients[0], bytes: 7));
        Assert.False(TryAdd(shares, Clients[0], bytes: 7));

        shares.Remove(Clients[0], 7);

        Assert.Equal((0, 0L), (shares.Items, shares.Bytes));
        Assert.True(TryAdd(shares, Clients[0], bytes: 7));
    }

    [Fact]
    public void Having_no_room_at_all_has_the_name_that_the_owner_gives_it()
    {
        var shares = new ClientShares(itemsMax: 4, bytesMax: 100);
        Assert.Equal(Rejection.ReadsFull, shares.Judge(Clients[0], 101, Rejection.ReadsFull));
        Assert.Equal(Rejection.None, shares.Judge(Clients[0], 100, Rejection.ReadsFull));
    }

    private static int Fill(ClientShares shares, Bytes client, long bytes)
    {
        var count = 0;
        while (TryAdd(shares, client, bytes))
        {
            count++;
        }

        return count;
    }

    private static bool TryAdd(ClientShares shares, Bytes client, long bytes)
    {
        if (shares.Judge(client, bytes, Rejection.PoolFull) != Rejection.None)
        {
            return false;
        }

        shares.Add(client, bytes);
        return true;
    }
}
