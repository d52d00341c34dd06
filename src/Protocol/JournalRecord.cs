namespace Holdfast.Protocol;

/// <summary>The kinds of record in a replica's journal. A retired number is never given out again.</summary>
public enum JournalRecordKind : byte
{
    /// <summary>A batch that this replica proposed or accepted, before it says so.</summary>
    Accepted = 1,

    /// <summary>A prepared certificate, before the commit is said.</summary>
    Prepared = 2,

    /// <summary>A batch that is committed here, with its body if no Accepted record holds it.</summary>
    Committed = 3,

    /// <summary>A view entered or left, with the own ViewChange or the NewView that was followed.</summary>
    View = 4,

    /// <summary>An own checkpoint or a stable one with its proof.</summary>
    Checkpoint = 5,

    /// <summary>The checkpoint whose state is fetched from now on; chunks of another are of no use.</summary>
    Transfer = 6,

    /// <summary>A checked chunk of that state: a restart does not fetch it again.</summary>
    Chunk = 7,

    /// <summary>Which disk this is, in which life and start of its replica.</summary>
    Life = 8,

    /// <summary>What a peer has said of its disk.</summary>
    PeerLife = 9,

    /// <summary>The state of other sites that is fetched from now on.</summary>
    GlobalTransfer = 10,

    /// <summary>A checked chunk of that state: it is on disk before this replica says that it holds the state.</summary>
    GlobalChunk = 11,

    /// <summary>Entries of that state, written once more so that the journal before them may be cut.</summary>
    GlobalEntries = 12,
}

/// <summary>Something that a replica must know again after a crash.</summary>
/// <param name="Place">The site sequence that it concerns: behind a stored state it may be cut.</param>
/// <param name="Body">Canonical bytes; the machine that wrote them reads them.</param>
public sealed record JournalRecord(JournalRecordKind Kind, SiteSequence Place, Bytes Body)
{
    /// <summary>It is no promise, and who loses it in a crash is told again: what a site decided once it decides again, from
    /// what a quorum has on disk as prepared. So words need not wait for it, but for those of a
    /// <see cref="Messages.Checkpoint"/>, which says that all up to its place is known.</summary>
    public bool MayWait => Kind == JournalRecordKind.Committed;
}
