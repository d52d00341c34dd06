namespace Holdfast.Protocol;

/// <summary>
/// Room that clients share. Who holds something may take more only while at least as much as it holds stays free: one
/// alone has half of the room, n greedy ones have an (n + 1)-th each, and as much is left for whoever comes next. So no
/// client can shut out another, and none needs a place of its own while it asks for nothing. (Choudhury and Hahne 1998:
/// dynamic thresholds.)
/// </summary>
public sealed class ClientShares(int itemsMax, long bytesMax)
{
    private readonly SortedDictionary<Bytes, Share> _shares = [];

    /// <summary>Of all clients together.</summary>
    public int Items { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Whether this client may put one more in.</summary>
    /// <param name="whenFull">The name of having no room at all; a client at its bound is told
    /// <see cref="Rejection.ShareUsedUp"/>.</param>
    public Rejection Judge(Bytes client, long bytes, Rejection whenFull)
    {
        var (itemsLeft, bytesLeft) = (itemsMax - Items - 1, bytesMax - Bytes - bytes);
        var own = _shares.GetValueOrDefault(client);
        return itemsLeft < 0 || bytesLeft < 0 ? whenFull
            : own.Items > itemsLeft || own.Bytes > bytesLeft ? Rejection.ShareUsedUp
            : Rejection.None;
    }

    public void Add(Bytes client, long bytes) => Change(client, items: 1, bytes);

    public void Remove(Bytes client, long bytes) => Change(client, items: -1, -bytes);

    private void Change(Bytes client, int items, long bytes)
    {
        var own = _shares.GetValueOrDefault(client);
        var share = new Share(own.Items + items, own.Bytes + bytes);
        if (share.Items == 0)
        {
            _shares.Remove(client);
        }
        else
        {
            _shares[client] = share;
        }

        Items += items;
        Bytes += bytes;
    }

    private readonly record struct Share(int Items, long Bytes);
}
