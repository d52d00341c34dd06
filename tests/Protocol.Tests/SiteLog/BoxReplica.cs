using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One replica in a box: a log, a machine, a disk that loses what was not flushed, and the pump between
/// them.</summary>
internal sealed class BoxReplica
{
    private static readonly StateSnapshot NoSnapshot =
        new(new AuthenticatedMap().Snapshot(), new AuthenticatedMap().Snapshot());
    private readonly SiteBox _box;
    private long _monotonicOffset;
    private readonly Speaker _speaker;
    private readonly List<JournalRecord> _disk = [];
    private readonly List<JournalRecord> _unflushed = [];
    private readonly SortedDictionary<SiteSequence, BoxMachine> _taken = [];
    private readonly Effects _effects = new();
    private (SiteSequence Sequence, Bytes Proof, BoxMachine Machine) _stored = (default, default, new());
    private long _flushedAt;

    // So many records are on disk for good: what is decided behind them waits for the next flush.
    private int _firm;

    public BoxReplica(SiteBox box, int index, int face, long monotonicOffset, long wallSkew)
    {
        (_box, Index, Face, _monotonicOffset, WallSkew) = (box, index, face, monotonicOffset, wallSkew);
        _speaker = Speaker.Of(box.Genesis, new(Sample.Home, index));
        Start();
    }

    public int Index { get; }

    /// <summary>0 for a correct replica; a twin's two selves are 1 and 2.</summary>
    public int Face { get; }

    public bool IsCorrect => Face == 0;

    /// <summary>By how much its wall clock is wrong at the next start.</summary>
    public long WallSkew { get; set; }

    public bool IsUp { get; private set; }

    /// <summary>Counts starts: what a former self had under way is lost.</summary>
    public int Life { get; private set; }

    public SiteLog Log { get; private set; } = null!;

    public BoxMachine Machine { get; private set; } = null!;

    public SortedSet<Rejection> Rejections { get; } = [];

    private Instant Now => new(_box.Now + _monotonicOffset);

    public void Start()
    {
        IsUp = true;
        Life++;
        _flushedAt = _box.Now;
        Machine = _stored.Machine.Copy();
        Log = new(_box.Genesis, new(Sample.Home, Index), Machine, new(), Now, new(_box.Now + WallSkew));
        if (Life > 1)
        {
            Log.Recover(Now, _stored.Sequence, _stored.Proof, _disk.ToArray(), _effects);
        }

        Finish();
    }

    /// <summary>Stops at once. Of what was not flushed, or waited for a flush, the disk has kept some beginning.</summary>
    public void Crash(Dice dice)
    {
        IsUp = false;
        var waiting = _disk.Skip(_firm).Reverse().TakeWhile(record => record.MayWait).Count();
        _unflushed.InsertRange(0, _disk.TakeLast(waiting));
        _disk.RemoveRange(_disk.Count - waiting, waiting);
        _disk.AddRange(_unflushed.Take(dice.OneIn(2) ? 0 : dice.Below(_unflushed.Count + 1)));
        _firm = _disk.Count;
        _unflushed.Clear();
        _taken.Clear();
    }

    /// <summary>Its machine stood still for so long, and so did its clock, which nothing tells.</summary>
    public void StoodStill(long microseconds) => _monotonicOffset -= microseconds;

    public void Hear(Said said)
    {
        Log.OnHeard(Now, said, _effects);
        Finish();
    }

    public void Offer(SiteInput input)
    {
        Log.OnOffered(Now, input, fromPeer: false, _effects);
        Finish();
    }

    public void Tick()
    {
        Log.OnTick(Now, _effects);
        Finish();
    }

    /// <summary>The records of the turn are on disk, or may wait.</summary>
    /// <param name="isAll">None may wait.</param>
    public void Flushed(int count, bool isAll)
    {
        _disk.AddRange(_unflushed.Take(count));
        _unflushed.RemoveRange(0, Math.Min(count, _unflushed.Count));
        _firm = isAll ? _disk.Count : _firm;
    }

    private void Finish()
    {
        while (Log.TryTakeOrdered(out var sequence, out var batch))
        {
            _box.Judge.OnExecuted(this, sequence, batch);
            Machine.Execute(sequence, batch);
            Digest? checkpoint = Machine.IsCheckpointDue ? Machine.Chain : null;
            if (checkpoint is not null)
            {
                _taken[sequence] = Machine.Copy();
            }

            Log.OnExecuted(Now, sequence, checkpoint, checkpoint is null ? null : NoSnapshot, _effects);
        }

        Do();
        if (Log.NextWake != Instant.Never)
        {
            _box.WakeAt(this, Log.NextWake.Microseconds - _monotonicOffset);
        }
    }

    /// <summary>The pump: what is sent leaves behind the flush of what was persisted in the same turn or
    /// before.</summary>
    private void Do()
    {
        var words = new List<(int To, Said Said)>();
        var records = 0;
        foreach (var effect in _effects)
        {
            switch (effect)
            {
                case Effect.Persist persist:
                    records++;
                    _unflushed.Add(persist.Record);
                    break;
                case Effect.Broadcast broadcast:
                    var said = Sign(broadcast.Word);
                    words.AddRange(Enumerable.Range(0, _box.Size.Replicas).Select(to => (to, said)));
                    break;
                case Effect.Send send:
                    words.Add((send.Replica, Sign(send.Word)));
                    break;
                case Effect.Relay relay:
                    words.Add((relay.Replica, relay.Said));
                    break;
                case Effect.SendCommitted send:
                    SendCommitted(send, words);
                    break;
                case Effect.SaveState save:
                    Save(save);
                    break;
                case Effect.Reject reject:
                    Rejections.Add(reject.Reason);
                    break;
            }
        }

        _effects.Clear();
        _flushedAt = Math.Max(_flushedAt, _box.Now) + (records > 0 ? _box.FlushTime() : 0);
        if (records > 0 || words.Count > 0)
        {
            _box.LeaveAt(this, _flushedAt, records, words);
        }
    }

    private Said Sign(SiteWord word) => new(
        Index,
        word,
        word.SignedAs is null
            ? Bytes.Empty
            : IdealSigning.Sign(_box.Genesis[Sample.Home].ReplicaKeys[Index].Span, word.SigningBytes(_speaker).Span));

    private void SendCommitted(Effect.SendCommitted send, List<(int To, Said Said)> words)
    {
        foreach (var record in _disk.Where(record =>
            record.Place == send.Sequence && record.Kind is JournalRecordKind.Accepted or JournalRecordKind.Committed))
        {
            var body = record.Kind == JournalRecordKind.Accepted
                ? SiteRecords.ReadAccepted(record.Body)!.Body
                : SiteRecords.ReadCommitted(record.Body)!.Value.Body;
            if (!body.IsEmpty)
            {
                words.Add((send.Replica, Sign(new CommittedBatch(send.Sequence, Batch.Decode(body.Span)!))));
            }
        }
    }

    private void Save(Effect.SaveState save)
    {
        // What was persisted before it goes to the same disk first; a world that cuts late cuts what is two states old.
        _disk.AddRange(_unflushed);
        _unflushed.Clear();
        var behind = _stored.Sequence;
        _stored = (save.Sequence, save.Proof, _taken[save.Sequence]);
        if (_box.CutsJournals)
        {
            _disk.RemoveAll(record => record.Place <= behind);
            Log.OnJournalCut(behind);
        }

        _firm = _disk.Count;
    }
}
