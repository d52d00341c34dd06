using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A state on its way: the Global part and then, if it is wanted too, the Site part, chunk by chunk in the order
/// of keys. A chunk is in only if it is proven under the digest that is known beforehand, so what is here is a beginning
/// of that very state.</summary>
internal sealed class PartialState(StateTarget target)
{
    private readonly AuthenticatedMap _global = new();
    private readonly AuthenticatedMap _site = new();
    private Digest _beside;

    public StateTarget Target { get; private set; } = target;

    public StateSection Section { get; private set; }

    /// <summary>Where the next chunk begins; null when all are here.</summary>
    public Bytes? From { get; private set; } = Bytes.Empty;

    public TransferProgress Progress { get; private set; } = new(target.Place, 0, 0, 0);

    /// <summary>What keys and values have that came in chunks: proofs do not count, a liar can make them long.</summary>
    public long EntryBytes { get; private set; }

    public bool Expects(StateSection section, Bytes from) => section == Section && from == From;

    /// <summary>False if it is not the chunk that begins here, or names a next place that nobody could be asked for;
    /// then everything is as it was.</summary>
    public bool TryTake(StateChunk head, Bytes encoded)
    {
        var part = head.Section == StateSection.Global ? head.Global : head.Beside;
        if (!Target.IsOf(head.Global, head.Beside)
            || MapChunk.Verify(encoded, head.From, part) is not { } chunk
            || chunk.Next is { Length: > Limits.EncodedKeyBytes })
        {
            return false;
        }

        var map = Section == StateSection.Global ? _global : _site;
        foreach (var (key, value) in chunk.Entries)
        {
            map.Set(key, value);
            EntryBytes += key.Length + value.Length;
        }

        // Hashed as it grows: at the end little is left to do at once.
        _ = map.Digest;
        _beside = head.Beside;
        Progress = new(Target.Place, _global.Count + _site.Count, head.Entries, Progress.Bytes + encoded.Length);
        (Section, From) = (chunk.Next, Section) switch
        {
            (null, StateSection.Global) when Target.Place.Scope == StateScope.Site => (StateSection.Site, Bytes.Empty),
            var (next, section) => (section, next),
        };
        return true;
    }

    /// <summary>Entries of the Global part that this replica wrote down again: they were checked when they came, and
    /// are once more when all are here.</summary>
    public bool TryTakeAgain(WrittenEntries entries)
    {
        if (!Expects(StateSection.Global, entries.From))
        {
            return false;
        }

        var bytes = Progress.Bytes;
        foreach (var (key, value) in entries.Entries)
        {
            _global.Set(key, value);
            bytes += key.Length + value.Length;
        }

        (From, _beside) = (entries.Next, entries.Beside);
        Progress = new(Target.Place, _global.Count, entries.Total, bytes);
        return true;
    }

    /// <summary>Its records stand at another place from now on: see <see cref="TransferRecords.Again"/>.</summary>
    public IEnumerable<JournalRecord> WriteAgain(ToldTarget target)
    {
        Target = target;
        return TransferRecords.Again(target, _global.Snapshot(), _beside, (uint)Progress.EntriesTotal, From);
    }

    /// <summary>The whole state, when all chunks are here.</summary>
    public FetchedState Whole()
    {
        var (global, site) = (_global.Snapshot(), _site.Snapshot());
        var beside = Target.Place.Scope == StateScope.Site ? site.Digest : _beside;

        // Each chunk was checked against these very digests, and they leave no gap.
        Invariant.Holds(From is null && Target.IsOf(global.Digest, beside), "T1");
        return new(Target, global, site, beside);
    }
}
