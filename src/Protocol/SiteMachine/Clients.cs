namespace Holdfast.Protocol;

/// <summary>What a known client may do, and since when.</summary>
internal readonly record struct ClientRecord(Roles Roles, GlobalSequence ChangedAt)
{
    public static ClientRecord Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        return new((Roles)reader.Byte(), reader.GlobalSequence());
    }

    public Bytes Encode()
    {
        var writer = new WireWriter(16);
        writer.Byte((byte)Roles);
        writer.Sequence(ChangedAt);
        return writer.ToBytes();
    }
}

/// <summary>The clients that the system knows.</summary>
internal sealed class Clients(AuthenticatedMap map)
{
    private const Roles AllRoles = Roles.Reader | Roles.Writer | Roles.Operator;

    private readonly StatePart _clients = map.Under(GlobalLayout.Clients);

    /// <summary>A client that is not known may do nothing. Since when is not remembered, so it is said to be so since
    /// now.</summary>
    public static ClientRecord Of(IReadOnlyState clients, Bytes client, GlobalSequence now) =>
        clients.TryGet(client, out var bytes) ? ClientRecord.Decode(bytes) : new(Roles.None, now);

    public static bool AreSound(Roles roles) => roles != Roles.None && (roles & ~AllRoles) == 0;

    public Roles RolesOf(Bytes client) => Of(_clients, client, default).Roles;

    public void Set(Bytes client, Roles roles, GlobalSequence now) =>
        _clients.Set(client, new ClientRecord(roles, now).Encode());

    public void Remove(Bytes client) => _clients.Remove(client);

    public bool HasRoom(Bytes client) =>
        _clients.TryGet(client, out _) || _clients.CountBetween(Bytes.Empty, null) < SessionLimits.Clients;

    /// <summary>Without it nobody could change anything ever again.</summary>
    public bool IsLastOperator(Bytes client) =>
        RolesOf(client).HasFlag(Roles.Operator)
        && !_clients.Range(Bytes.Empty, null).Any(other =>
            other.Key != client && ClientRecord.Decode(other.Value).Roles.HasFlag(Roles.Operator));
}
