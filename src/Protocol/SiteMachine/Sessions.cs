namespace Holdfast.Protocol;

/// <summary>The sessions of all clients with their recorded results: what makes an operation run at most
/// once.</summary>
internal sealed class Sessions(AuthenticatedMap map)
{
    private readonly StatePart _sessions = map.Under(GlobalLayout.Sessions);
    private readonly StatePart _results = map.Under(GlobalLayout.Results);
    private readonly StatePart _idle = map.Under(GlobalLayout.IdleSessions);
    private readonly SessionOpenings _openings = new(map);

    public SessionRecord? Find(SessionName name) =>
        _sessions.TryGet(name.Encode(), out var bytes) ? SessionRecord.Decode(bytes) : null;

    /// <summary>The session that this very operation opened, if it has not ended.</summary>
    public GlobalPosition? OpenedBy(Bytes client, Digest operation)
    {
        foreach (var (name, session) in Of(client))
        {
            if (session.OpenedBy == operation)
            {
                return name.Session;
            }
        }

        return null;
    }

    /// <summary>Whether this very operation has opened a session, though that may have ended.</summary>
    public bool HasOpened(Bytes client, Digest operation) => _openings.Has(client, operation);

    /// <summary>The client is none any more. Its sessions end when they were idle for long.</summary>
    public void OnClientRemoved(Bytes client) => _openings.Forget(client);

    /// <summary>Opens a session. A client that has as many as it may loses the one that it used least
    /// recently.</summary>
    /// <param name="notAfter">When the opening may not run any more: until then it is remembered.</param>
    public void Open(SessionName name, Digest operation, Timestamp notAfter, Timestamp now)
    {
        _openings.Note(name.Client, operation, notAfter, now);
        var others = Of(name.Client).ToArray();
        if (others.Length >= SessionLimits.SessionsPerClient)
        {
            var (oldest, session) = others.MinBy(other => other.Session.UsedAt);
            End(oldest, session);
        }

        var opened = new SessionRecord(0, 0, name.Session.Sequence, now, operation);
        Save(name, opened);
        _idle.Set(IdleKey(name, opened), Bytes.Empty);
    }

    /// <summary>Forgets the session and all of its results: its numbers are <c>Unknown</c> from now on.</summary>
    /// <param name="session">As it is at last, saved or not.</param>
    public void End(SessionName name, SessionRecord session)
    {
        ForgetResults(name, ulong.MaxValue);
        _idle.Remove(IdleKey(name, session));
        _sessions.Remove(name.Encode());
    }

    /// <summary>Ends sessions that were idle for too long, the oldest first, a bounded number of them.</summary>
    public void EndIdle(Timestamp now)
    {
        foreach (var (key, _) in _idle.Range(Bytes.Empty, null).Take(SessionLimits.EndedPerEntry))
        {
            var reader = new WireReader(key.Span);
            var since = reader.Time();
            if (since + SessionLimits.Idle >= now)
            {
                return;
            }

            var name = SessionName.Read(ref reader);
            var session = Find(name);
            Invariant.Holds(session is not null && session.IdleSince == since, "X2");
            End(name, session);
        }
    }

    /// <summary>Notes that the session was used, and that its client needs nothing up to a number any more. What is
    /// returned, here and by <see cref="Record"/>, has to be saved when the request is through.</summary>
    public SessionRecord Use(
        SessionName name, SessionRecord session, ulong doneUpTo, GlobalSequence sequence, Timestamp now)
    {
        var used = session with { UsedAt = sequence };
        if (doneUpTo > session.Floor)
        {
            var forgotten = ForgetResults(name, doneUpTo);
            used = used with { Floor = doneUpTo, RecordedBytes = used.RecordedBytes - forgotten };
        }

        if (session.IdleSince + SessionLimits.IdleStep <= now)
        {
            _idle.Remove(IdleKey(name, session));
            used = used with { IdleSince = now };
            _idle.Set(IdleKey(name, used), Bytes.Empty);
        }

        return used;
    }

    public void Save(SessionName name, SessionRecord session) => _sessions.Set(name.Encode(), session.Encode());

    public RecordedResult? Recorded(SessionName name, ulong number) =>
        _results.TryGet(ResultKey(name, number), out var bytes) ? RecordedResult.Decode(bytes) : null;

    public SessionRecord Record(SessionName name, SessionRecord session, RecordedResult recorded)
    {
        var bytes = recorded.Encode();
        _results.Set(ResultKey(name, recorded.Result.Number), bytes);
        return session with { RecordedBytes = session.RecordedBytes + (ulong)bytes.Length };
    }

    private IEnumerable<(SessionName Name, SessionRecord Session)> Of(Bytes client)
    {
        foreach (var (key, bytes) in _sessions.Range(client, KeyOrder.EndOfPrefix(client)))
        {
            var reader = new WireReader(key.Span);
            yield return (SessionName.Read(ref reader), SessionRecord.Decode(bytes));
        }
    }

    private ulong ForgetResults(SessionName name, ulong upTo)
    {
        var forgotten = 0UL;
        foreach (var (key, bytes) in _results.Range(ResultKey(name, 0), KeyOrder.After(ResultKey(name, upTo))))
        {
            _results.Remove(key);
            forgotten += (ulong)bytes.Length;
        }

        return forgotten;
    }

    private static Bytes ResultKey(SessionName name, ulong number)
    {
        var writer = new WireWriter(64);
        writer.Fixed(name.Encode().Span);
        writer.UInt64(number);
        return writer.ToBytes();
    }

    private static Bytes IdleKey(SessionName name, SessionRecord session)
    {
        var writer = new WireWriter(64);
        writer.Time(session.IdleSince);
        writer.Fixed(name.Encode().Span);
        return writer.ToBytes();
    }
}
