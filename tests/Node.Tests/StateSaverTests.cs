using Holdfast.Node.Storage;
using Holdfast.Protocol;

namespace Holdfast.Node.Tests;

/// <summary>Saves run beside the pump: what counts as saved, and when.</summary>
public sealed class StateSaverTests : IStateStore
{
    private readonly Queue<Action> _beside = new();
    private readonly List<(ulong Sequence, StateChange[] Changes)> _stored = [];
    private readonly StateSaver _saver;
    private StorageException? _failure;

    public StateSaverTests() =>
        _saver = new StateSaver(this, new SavePolicy(TimeSpan.FromSeconds(10), 100), null, Beside);

    string IStateStore.Name => "a store of tests";

    [Fact]
    public void A_place_counts_as_saved_when_its_save_is_over_and_not_when_it_begins()
    {
        Offer(1);
        Assert.Null(_saver.SaveIfDue(At(0)));
        Assert.Null(_saver.SaveIfDue(At(10)));
        Assert.Equal(default, _saver.Saved);

        _beside.Dequeue()();

        Assert.Equal(new SiteSequence(1), _saver.SaveIfDue(At(11)));
        Assert.Equal(new SiteSequence(1), _saver.Saved);
        Assert.Null(_saver.SaveIfDue(At(12)));
    }

    [Fact]
    public void Only_one_save_is_under_way_and_the_next_stores_what_changed_since_it()
    {
        Offer(1);
        _saver.SaveIfDue(At(0));
        _saver.SaveIfDue(At(10));
        Offer(2);
        Offer(3);
        _saver.SaveIfDue(At(40));
        Assert.Single(_beside);

        _beside.Dequeue()();
        Assert.Equal(new SiteSequence(1), _saver.SaveIfDue(At(41)));
        _saver.SaveIfDue(At(51));
        _beside.Dequeue()();
        Assert.Equal(new SiteSequence(3), _saver.SaveIfDue(At(52)));

        Assert.Equal([1, 3], _stored.Select(save => save.Sequence));
        Assert.Equal([2, 3], _stored[1].Changes.Select(change => change.Key[0]));
    }

    [Fact]
    public void Where_nobody_runs_it_beside_a_save_is_over_at_once()
    {
        var saver = new StateSaver(this, new SavePolicy(TimeSpan.FromSeconds(10), 100), null, deed =>
        {
            deed();
            return () => { };
        });
        saver.Offer(StateAt(1));
        saver.Journaled(100);

        Assert.Equal(new SiteSequence(1), saver.SaveIfDue(At(0)));
    }

    /// <summary>Or a disk that never ends one fills up: the journal is cut when a save is over, and not before.</summary>
    [Fact]
    public void A_save_is_waited_for_once_the_journal_behind_it_is_long()
    {
        Offer(1);
        _saver.Journaled(100);
        Assert.Null(_saver.SaveIfDue(At(0)));
        _saver.Journaled(1599);
        Assert.Null(_saver.SaveIfDue(At(1)));
        Assert.Single(_beside);

        _saver.Journaled(1);

        Assert.Equal(new SiteSequence(1), _saver.SaveIfDue(At(2)));
        Assert.Empty(_beside);
    }

    [Fact]
    public void A_save_that_failed_is_told_to_the_pump_and_nothing_counts_as_saved()
    {
        _failure = new StateStoreFailedException("a store of tests", new IOException("No space left on device"));
        Offer(1);
        _saver.Journaled(100);
        _saver.SaveIfDue(At(0));
        _beside.Dequeue()();

        Assert.Same(_failure, Assert.Throws<StateStoreFailedException>(() => _saver.SaveIfDue(At(1))));
        Assert.Equal(default, _saver.Saved);
    }

    StoredState? IStateStore.Load() => null;

    void IStateStore.Save(ulong sequence, byte[] checkpointProof, IEnumerable<StateChange> changes)
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        _stored.Add((sequence, [.. changes]));
    }

    public void Dispose()
    {
    }

    private Action Beside(Action deed)
    {
        _beside.Enqueue(deed);
        return () => _beside.Dequeue()();
    }

    private static Instant At(int seconds) => new Instant(1) + TimeSpan.FromSeconds(seconds);

    /// <summary>At each place one key more.</summary>
    private static Effect.SaveState StateAt(byte sequence)
    {
        var map = new AuthenticatedMap();
        for (byte key = 1; key <= sequence; key++)
        {
            map.Set(new([key]), new([key]));
        }

        return new(new(sequence), Bytes.Empty, new(map.Snapshot(), MapSnapshot.Empty));
    }

    private void Offer(byte sequence) => _saver.Offer(StateAt(sequence));
}
