using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A state on its way: the Global part and then the Site part, chunk by chunk in the order of keys. A chunk is
/// in only if it is proven under the digest that a quorum has signed, so what is here is a beginning of that very
/// state.</summary>
internal sealed class PartialState(StableCheckpoint target)
{
    private readonly AuthenticatedMap _global = new();
    private readonly AuthenticatedMap _site = new();

    public StableCheckpoint Target => target;

    public StateSection Section { get; private set; }

    /// <summary>Where the next chunk begins; null when all are here.</summary>
    public Bytes? From { get; private set; } = Bytes.Empty;

    public TransferProgress Progress { get; private set; } = new(target.Sequence, 0, 0, 0);

    public bool Expects(StateSection section, Bytes from) => section == Section && from == From;

    /// <summary>False if it is not the chunk that begins here, or names a next place that nobody could be asked for;
    /// then everything is as it was.</summary>
    public bool TryTake(StateChunk head, Bytes encoded)
    {
        var part = head.Section == StateSection.Global ? head.Global : head.Site;
        if (StateSnapshot.DigestOf(head.Global, head.Site) != target.State
            || MapChunk.Verify(encoded, head.From, part) is not { } chunk
            || chunk.Next is { Length: > Limits.EncodedKeyBytes })
        {
            return false;
        }

        var map = Section == StateSection.Global ? _global : _site;
        foreach (var (key, value) in chunk.Entries)
        {
            map.Set(key, value);
        }

        // Hashed as it grows: at the end little is left to do at once.
        _ = map.Digest;
        Progress = new(
            target.Sequence, _global.Count + _site.Count, head.Entries, Progress.Bytes + encoded.Length);
        (Section, From) = (chunk.Next, Section) switch
        {
            (null, StateSection.Global) => (StateSection.Site, Bytes.Empty),
            var (next, section) => (section, next),
        };
        return true;
    }

    /// <summary>The whole state, when all chunks are here.</summary>
    public StableState Whole()
    {
        var state = new StateSnapshot(_global.Snapshot(), _site.Snapshot());

        // Each chunk was checked against these very digests, and they leave no gap.
        Invariant.Holds(From is null && state.Digest == target.State, "T1");
        return new(target, state);
    }
}
