using System.Runtime.ExceptionServices;
using Holdfast.Node.Storage;
using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>When the machine's state goes to disk.</summary>
/// <param name="AtMostEvery">Saves are so far apart at least.</param>
/// <param name="JournalBytes">So much new journal is worth a save earlier: it bounds the time of a restart.</param>
public sealed record SavePolicy(TimeSpan AtMostEvery, long JournalBytes)
{
    public static readonly SavePolicy Usual = new(TimeSpan.FromSeconds(10), 64L * 1024 * 1024);

    /// <summary>With so much new journal since it began, a save is waited for: a disk that does not end it stops the replica,
    /// as one that does not end a flush does, and does not fill up.</summary>
    public long JournalBytesAtMost { get; init; } = 16 * JournalBytes;
}

/// <summary>Keeps the newest state that the core offered, and stores it as what changed since the last one stored: beside
/// the pump, one save at a time, since a large one takes seconds and the replica has words to say meanwhile.</summary>
/// <param name="beside">See <see cref="PumpPorts.Beside"/>.</param>
internal sealed class StateSaver(
    IStateStore store, SavePolicy policy, RecoveredState? recovered, Func<Action, Action> beside)
{
    /// <summary>The machine's parts, as the store numbers them. A retired number is never given out again.</summary>
    public const byte GlobalPart = 0;
    public const byte SitePart = 1;

    private MapSnapshot _savedGlobal = recovered?.State.Global ?? MapSnapshot.Empty;
    private MapSnapshot _savedSite = recovered?.State.Site ?? MapSnapshot.Empty;
    private Effect.SaveState? _offered;
    private Save? _underWay;
    private Action? _wait;
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

    /// <summary>Begins a save if it is time; tells the place up to which the journal is not needed any more once one is
    /// over, else null.</summary>
    /// <exception cref="StorageException">The disk did not bear it.</exception>
    public SiteSequence? SaveIfDue(Instant now)
    {
        _lastSave ??= now;
        var isDue = now - _lastSave.Value >= policy.AtMostEvery || _journalBytes >= policy.JournalBytes;
        if (_underWay is null && _offered is { } offered && isDue)
        {
            (_underWay, _offered) = (new Save(store, offered, _savedGlobal, _savedSite), null);
            (_lastSave, _journalBytes) = (now, 0);
            _wait = beside(_underWay.Run);
        }

        if (_underWay is { IsOver: false } && _journalBytes >= policy.JournalBytesAtMost)
        {
            _wait!();
        }

        return _underWay is { IsOver: true } ? Conclude(_underWay) : null;
    }

    private SiteSequence Conclude(Save save)
    {
        (_underWay, _wait) = (null, null);
        save.ThrowIfFailed();
        (_savedGlobal, _savedSite, Saved) = (save.State.State.Global, save.State.State.Site, save.State.Sequence);
        return Saved;
    }

    /// <summary>One save: all that it reads is immutable, and it tells what became of it through one field.</summary>
    private sealed class Save(
        IStateStore store, Effect.SaveState state, MapSnapshot savedGlobal, MapSnapshot savedSite)
    {
        private Exception? _failure;
        private volatile bool _isOver;

        public Effect.SaveState State => state;

        public bool IsOver => _isOver;

        public void Run()
        {
            try
            {
                var (sequence, proof, (global, site)) = state;
                store.Save(
                    sequence.Number,
                    proof.ToArray(),
                    ChangesOf(GlobalPart, global, savedGlobal).Concat(ChangesOf(SitePart, site, savedSite)));
            }
            catch (Exception failure)
            {
                // Whatever it is, it is the pump's to say and to stop for.
                _failure = failure;
            }

            _isOver = true;
        }

        public void ThrowIfFailed()
        {
            if (_failure is not null)
            {
                ExceptionDispatchInfo.Throw(_failure);
            }
        }

        private static IEnumerable<StateChange> ChangesOf(byte part, MapSnapshot newer, MapSnapshot older) =>
            newer.Changes(older).Select(change =>
                new StateChange(part, change.Key.ToArray(), change.Value?.ToArray()));
    }
}
