namespace Holdfast.Protocol;

/// <summary>Which state of other sites this site has to take over, because their logs do not reach back to its own. Part
/// of the machine, so that all its replicas fetch the same one; it stays the same until it is taken over, or for as long
/// as entries above it are kept.</summary>
internal sealed class StateWish(Retention retention)
{
    private Timestamp _since;

    /// <summary>Null while the logs of others reach.</summary>
    public WishedState? Wanted { get; private set; }

    /// <param name="batch">The batch at whose end it is judged.</param>
    /// <param name="firstKept">The first entry that another site keeps; null if none has refused a question.</param>
    /// <param name="told">What the newest registers of others tell.</param>
    public void Judge(
        SiteSequence batch,
        Timestamp now,
        GlobalSequence? firstKept,
        GlobalSequence committed,
        IEnumerable<ToldState> told)
    {
        if (firstKept is not { } first || first <= committed.Next)
        {
            Wanted = null;
        }
        else if (Wanted is not { } wish || wish.State.At <= committed || now - _since >= retention.WishKept)
        {
            var best = Best(told.Where(state => state.At > committed && state.At.Next >= first));
            Wanted = best is { } state ? new(state, batch) : null;
            _since = now;
        }
    }

    public void Save(WireWriter writer)
    {
        writer.Boolean(Wanted is not null);
        (Wanted ?? default).Write(writer);
        writer.Time(_since);
    }

    public void Load(ref WireReader reader)
    {
        var isWanted = reader.Boolean();
        var wanted = WishedState.Read(ref reader);
        (Wanted, _since) = (isWanted ? wanted : null, reader.Time());
    }

    /// <summary>The highest. Where sites tell different states at that place, more of them must tell one than any
    /// other.</summary>
    private static ToldState? Best(IEnumerable<ToldState> told)
    {
        var highest = told.GroupBy(state => state.At).OrderByDescending(states => states.Key).FirstOrDefault();
        if (highest is null)
        {
            return null;
        }

        var byVoices = highest.GroupBy(state => state)
            .Select(equal => (equal.Key, Voices: equal.Count()))
            .OrderByDescending(counted => counted.Voices)
            .ToArray();
        return byVoices.Length > 1 && byVoices[0].Voices == byVoices[1].Voices ? null : byVoices[0].Key;
    }
}
