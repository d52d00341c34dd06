namespace Holdfast.Protocol;

/// <summary>The openings of sessions that ran, until they may not run any more, whether their sessions have ended or not: replayed,
/// they must not open others, or whoever has kept some of a client's could end its live sessions by them.</summary>
/// <remarks>All of a client are one entry: as keys of their own they would have names that the client chooses, and could stand in the
/// map as deep as it likes.</remarks>
internal sealed class SessionOpenings(AuthenticatedMap map)
{
    private readonly StatePart _openings = map.Under(GlobalLayout.Openings);

    public bool Has(Bytes client, Digest operation) => Of(client).Exists(opening => opening.Operation == operation);

    /// <summary>Notes one more, and forgets those whose time is over; beyond the bound the one whose time is over first.</summary>
    public void Note(Bytes client, Digest operation, Timestamp notAfter, Timestamp now)
    {
        var openings = Of(client);
        openings.RemoveAll(opening => opening.NotAfter < now);
        if (openings.Count == SessionLimits.OpeningsPerClient)
        {
            openings.Remove(openings.MinBy(opening => opening.NotAfter));
        }

        openings.Add((notAfter, operation));
        var writer = new WireWriter(8 + (openings.Count * 40));
        writer.Count(openings.Count);
        foreach (var (until, name) in openings)
        {
            writer.Time(until);
            writer.Digest(name);
        }

        _openings.Set(client, writer.ToBytes());
    }

    /// <summary>Who may open no session needs none remembered; else each client that ever was would leave its own behind.</summary>
    public void Forget(Bytes client) => _openings.Remove(client);

    private List<(Timestamp NotAfter, Digest Operation)> Of(Bytes client)
    {
        var openings = new List<(Timestamp, Digest)>();
        if (_openings.TryGet(client, out var bytes))
        {
            var reader = new WireReader(bytes.Span);
            for (var left = reader.Count(SessionLimits.OpeningsPerClient); left > 0; left--)
            {
                openings.Add((reader.Time(), reader.Digest()));
            }

            Invariant.Holds(reader.Finished, "X6");
        }

        return openings;
    }
}
