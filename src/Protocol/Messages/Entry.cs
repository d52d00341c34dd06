namespace Holdfast.Protocol.Messages;

/// <summary>One place of the global order: its number, the application's clock there, and the names of its updates.
/// These three are its identity, in whatever form it travels.</summary>
public sealed record Entry(GlobalSequence Sequence, Timestamp Time, ValueList<Digest> Updates)
{
    /// <summary>The chain digest at this entry: it names this entry and every one before it.</summary>
    public Digest ChainAfter(Digest chainBefore)
    {
        var writer = new WireWriter(128 + (Updates.Count * Digest.Size));
        writer.Text("holdfast entry 1");
        writer.Digest(chainBefore);
        Write(writer);
        return Digest.Of(writer);
    }

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(Sequence);
        writer.Time(Time);
        writer.Count(Updates.Count);
        foreach (var update in Updates)
        {
            writer.Digest(update);
        }
    }

    public static Entry Read(ref WireReader reader)
    {
        var (sequence, time) = (reader.GlobalSequence(), reader.Time());
        var updates = new Digest[reader.Count(Limits.UpdatesPerEntry)];
        for (var place = 0; place < updates.Length; place++)
        {
            updates[place] = reader.Digest();
        }

        return new(sequence, time, new(updates));
    }

    /// <summary>Identities in a row, as view changes carry them.</summary>
    internal static void WriteAll(WireWriter writer, ValueList<Entry> entries)
    {
        writer.Count(entries.Count);
        foreach (var entry in entries)
        {
            entry.Write(writer);
        }
    }

    internal static ValueList<Entry> ReadAll(ref WireReader reader)
    {
        var entries = new Entry[reader.Count(Limits.EntriesAboveCommitted)];
        for (var index = 0; index < entries.Length; index++)
        {
            entries[index] = Read(ref reader);
        }

        return new(entries);
    }
}

/// <summary>An entry with the bodies of its updates, in the entry's order: what a log holds and what is
/// executed.</summary>
public sealed record FilledEntry(Entry Entry, ValueList<ClientRequest> Updates)
{
    public GlobalSequence Sequence => Entry.Sequence;

    /// <summary>What it takes on the wire, nearly; bounds of logs and messages count in it.</summary>
    public int Size
    {
        get
        {
            var size = OverheadBytes;
            foreach (var update in Updates)
            {
                size += SizeOf(update);
            }

            return size;
        }
    }

    private const int OverheadBytes = 32;

    public static FilledEntry Of(GlobalSequence sequence, Timestamp time, ValueList<ClientRequest> updates)
    {
        ArgumentNullException.ThrowIfNull(updates);
        var names = new Digest[updates.Count];
        for (var place = 0; place < names.Length; place++)
        {
            names[place] = updates[place].Digest;
        }

        return new(new(sequence, time, new(names)), updates);
    }

    /// <summary>An update's part of an entry: its bytes, their count, its name.</summary>
    public static int SizeOf(ClientRequest update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return update.Encoded.Length + sizeof(uint) + Digest.Size + 1;
    }

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Sequence(Sequence);
        writer.Time(Entry.Time);
        writer.Count(Updates.Count);
        foreach (var update in Updates)
        {
            writer.Bytes(update.Encoded);
        }
    }

    /// <summary>The names are computed from the bodies, so a filled entry cannot contradict itself.</summary>
    public static FilledEntry Read(ref WireReader reader)
    {
        var (sequence, time) = (reader.GlobalSequence(), reader.Time());
        var updates = new List<ClientRequest>();
        for (var left = reader.Count(Limits.UpdatesPerEntry); left > 0; left--)
        {
            if (ReadUpdate(ref reader) is { } update)
            {
                updates.Add(update);
            }
        }

        return Of(sequence, time, ValueList.From(updates));
    }

    /// <summary>Null, and a reader that failed, if these bytes are no request to update.</summary>
    internal static ClientRequest? ReadUpdate(ref WireReader reader)
    {
        var update = SiteInput.Decode(reader.Bytes(Limits.RequestBytes).Span) as ClientRequest;
        if (update is not { Level: RequestLevel.Update })
        {
            reader.Fail();
            return null;
        }

        return update;
    }
}
