namespace Holdfast.Protocol;

/// <summary>What an operator can change in the global part of the state: the body of an operation of kind
/// <see cref="Messages.OperationKind.Administration"/>.</summary>
public abstract record Administration
{
    private const byte SetClientKind = 1;
    private const byte RemoveClientKind = 2;
    private const byte RejoinSiteKind = 3;

    private Administration()
    {
    }

    /// <summary>Makes a client known, or changes what it may do.</summary>
    public sealed record SetClient(Bytes Client, Roles Roles) : Administration;

    /// <summary>The client may do nothing from now on. What its sessions recorded stays until they end.</summary>
    public sealed record RemoveClient(Bytes Client) : Administration;

    /// <summary>A site that lost more than f disks goes on in its next life: what it was before says nothing more.
    /// (protocol.md: SiteRejoin.)</summary>
    /// <param name="Life">One more than the last.</param>
    public sealed record RejoinSite(SiteId Site, uint Life) : Administration;

    public Bytes Encode()
    {
        var writer = new WireWriter();
        switch (this)
        {
            case SetClient set:
                writer.Byte(SetClientKind);
                writer.Fixed(set.Client.Span);
                writer.Byte((byte)set.Roles);
                break;
            case RemoveClient remove:
                writer.Byte(RemoveClientKind);
                writer.Fixed(remove.Client.Span);
                break;
            case RejoinSite rejoin:
                writer.Byte(RejoinSiteKind);
                writer.Site(rejoin.Site);
                writer.UInt32(rejoin.Life);
                break;
        }

        return writer.ToBytes();
    }

    /// <summary>Null for bytes that say nothing that this version knows.</summary>
    public static Administration? Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        Administration? administration = reader.Byte() switch
        {
            SetClientKind => ReadSetClient(ref reader),
            RemoveClientKind => new RemoveClient(reader.Fixed(Limits.PublicKeyBytes)),
            RejoinSiteKind => ReadRejoinSite(ref reader),
            _ => null,
        };
        return reader.Finished ? administration : null;
    }

    private static RejoinSite ReadRejoinSite(ref WireReader reader)
    {
        var rejoin = new RejoinSite(reader.Site(), reader.UInt32());
        if (rejoin.Site.Index >= Limits.Sites)
        {
            reader.Fail();
        }

        return rejoin;
    }

    private static SetClient ReadSetClient(ref WireReader reader)
    {
        var set = new SetClient(reader.Fixed(Limits.PublicKeyBytes), (Roles)reader.Byte());
        if (!Clients.AreSound(set.Roles))
        {
            reader.Fail();
        }

        return set;
    }
}
