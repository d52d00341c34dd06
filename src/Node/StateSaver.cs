using Holdfast.Node.Storage;
using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>When the machine's state goes to disk.</summary>
/// <param name="AtMostEvery">Saves are so far apart at least.</param>
/// <param name="JournalBytes">So much new journal is worth a save earlier: it bounds the time of a restart.</param>
public sealed record SavePolicy(TimeSpan AtMostEvery, long JournalBytes)
{
    public static readonly SavePolicy Usual = new(TimeSpan.FromSeconds(10), 64L * 1024 * 1024);
}

/// <summary>Keeps the newest state that the core offered, and stores it as what changed since the last one
/// stored.</summary>
internal sealed class StateSaver(IStateStore store, SavePolicy policy, RecoveredState? recovered)
{
    /// <summary>The machine's parts, as the store numbers them. A retired number is never given out again.</summary>
    public const byte GlobalPart = 0;
    public const byte SitePart = 1;

    private MapSnapshot _savedGlobal = recovered?.State.Global ?? MapSnapshot.Empty;
    private MapSnapshot _savedSite = recovered?.State.Site ?? MapSnapshot.Empty;
    private Effect.SaveState? _offered;
    private Instant? _lastSave;
    private long _journalBytes;

    /// <summary>The place of the stored state.</summary>
    public SiteSequence Saved { get; private set; } = recovered?.Sequence ?? default;

    public void Offer(Effect.SaveState state)
    {
        if (state.Sequence > Saved && (_offered is null || state.Sequence > _offered.Sequence))
        {
            _offered = state;
        }
    }

    public void Journaled(int bytes) => _journalBytes += bytes;

    /// <summary>Saves if it is time; tells the place up to which the journal is not needed any more, else
    /// null.</summary>
    public SiteSequence? SaveIfDue(Instant now)
    {
        _lastSave ??= now;
        var isDue = now - _lastSave.Value >= policy.AtMostEvery || _journalBytes >= policy.JournalBytes;
        if (_offered is null || !isDue)
        {
            return null;
        }

        var (sequence, proof, state) = _offered;
        store.Save(sequence.Number, proof.ToArray(), [
            .. ChangesOf(GlobalPart, state.Global, _savedGlobal),
            .. ChangesOf(SitePart, state.Site, _savedSite),
        ]);
        (_savedGlobal, _savedSite, Saved, _offered) = (state.Global, state.Site, sequence, null);
        (_lastSave, _journalBytes) = (now, 0);
        return sequence;
    }

    private static IEnumerable<StateChange> ChangesOf(byte part, MapSnapshot newer, MapSnapshot older) =>
        newer.Changes(older).Select(change =>
            new StateChange(part, change.Key.ToArray(), change.Value?.ToArray()));
}
