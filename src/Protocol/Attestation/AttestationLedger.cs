using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The agreed part of attestation, in the site's machine: whose nonce commitments may be spent, and which
/// group of replicas signs which batch with which of them. Rules N4, A2, A5, A6 of the design after FROST (RFC 9591);
/// no signature bytes are ever in here (G2).</summary>
/// <remarks>With f = 0 there are no rows: a group is the one replica, and its share is a plain Ed25519 signature.
/// <code>
/// state of a batch | retry, fewer than f + 1 | the f + 1st retry or bad share | commitments come | retired
/// assigned         | counts                  | next attempt, or due           |                  | forgotten
/// due              | names the silent        |                                | next attempt     | forgotten
/// </code></remarks>
public sealed class AttestationLedger
{
    private const byte BatchKey = (byte)'b';

    private static readonly Bytes Prefix = Bytes.FromText("attestation/");
    private static readonly Bytes ScalarsKey = Bytes.FromText("s");
    private static readonly TimeSpan TwoGroupsAfterRetry = TimeSpan.FromSeconds(10);

    private readonly Genesis _genesis;
    private readonly SiteId _self;
    private readonly GenesisSite _site;
    private readonly ShareVerdicts _verdicts;
    private readonly CommitmentStock[] _stocks;
    private readonly SortedDictionary<ulong, AttestedBatch> _batches = [];
    private readonly SortedSet<ulong> _changed = [];
    private readonly List<SigningGroup> _new = [];
    private readonly TrustedOrder _order;
    private Timestamp _twoGroupsUntil;
    private ulong _newestBatch;

    public AttestationLedger(Genesis genesis, SiteId self, IShareVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        (_genesis, _self, _site) = (genesis, self, genesis[self]);
        _verdicts = new(_site, genesis.Cluster, verifier);
        _stocks = [.. Enumerable.Range(0, _site.Size.Replicas).Select(replica => new CommitmentStock(replica))];
        _order = new(_site.Size.Replicas);
    }

    public GenesisSite Site => _site;

    public uint KeyEpoch { get; } = SiteStatement.FirstKeyEpoch;

    /// <summary>Replicas, the trusted first.</summary>
    public IReadOnlyList<int> Order => _order.Replicas;

    /// <summary>Whether a group can be assigned now. If not, the batch keeps silent and its leaves wait.</summary>
    public bool IsAble => Able().Count >= _site.Size.OneCorrect;

    /// <summary>Sequences of all batches that are assigned and not retired, ascending.</summary>
    public IEnumerable<SiteSequence> Assigned => _batches.Keys.Select(sequence => new SiteSequence(sequence));

    public AttestedBatch? Find(SiteSequence sequence) => _batches.GetValueOrDefault(sequence.Number);

    public CommitmentStock StockOf(int replica) => _stocks[replica];

    /// <summary>Whether the replica should publish its next row.</summary>
    public bool RefillWanted(int replica) =>
        _site.Size.Faults > 0 && !IsBanned(replica) && _stocks[replica].Left <= Limits.CommitmentsRefill;

    /// <summary>A replica that gave a bad share, or published what are no points, is in no group for the rest of the
    /// key epoch.</summary>
    public bool IsBanned(int replica) => _order.IsBanned(replica);

    /// <summary>The bytes that a batch's signature covers.</summary>
    public Bytes MessageOf(SiteStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return statement.SigningBytes(_genesis.Cluster);
    }

    /// <summary>In whose name a replica of this site signs its words.</summary>
    public Speaker SpeakerOf(int replica) => Speaker.Of(_genesis, new(_self, replica));

    /// <summary>What was assigned since this was last asked: for the replica, to sign and collect. Not part of the
    /// state.</summary>
    public IReadOnlyList<SigningGroup> DrainNew()
    {
        SigningGroup[] drained = [.. _new];
        _new.Clear();
        return drained;
    }

    public InputStanding Judge(NonceCommitments row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return RefusalOf(row) == Rejection.None ? _stocks[row.Replica].Judge(row) : InputStanding.Obsolete;
    }

    /// <summary>Takes the next row or the next incarnation of a replica, once.</summary>
    public Rejection OnCommitments(NonceCommitments row, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(row);
        var refusal = RefusalOf(row);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        var stock = _stocks[row.Replica];
        if (stock.Judge(row) != InputStanding.Consumable)
        {
            var isNext = row.Incarnation == stock.Incarnation && row.Row == stock.NextRow && row.Incarnation > 0;
            return isNext ? Rejection.RowsFull : Rejection.WrongRow;
        }

        stock.Take(row);
        AssignDue(now);
        return Rejection.None;
    }

    /// <summary>Assigns the first attempt at a batch's root. False if fewer than f + 1 replicas are able.</summary>
    public bool Assign(SiteStatement statement, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(statement);
        Invariant.Holds(statement.Sequence.Number > _newestBatch, "A2");
        if (!IsAble)
        {
            return false;
        }

        var batch = new AttestedBatch(statement);
        _newestBatch = statement.Sequence.Number;
        _batches.Add(_newestBatch, batch);
        AddGroups(batch, 0, now);
        return true;
    }

    public InputStanding Judge(AttestationRetry retry)
    {
        ArgumentNullException.ThrowIfNull(retry);
        if (Find(retry.Sequence) is not { } batch)
        {
            return Unknown(retry.Sequence);
        }

        return retry.Attempt > batch.Attempt ? EarlyUntilLast(retry.Attempt)
            : retry.Replica < _stocks.Length && batch.WouldHear(retry) ? InputStanding.Consumable
            : InputStanding.Obsolete;
    }

    /// <summary>f + 1 retries end an attempt: whom f + 1 name goes to the end of the list, and the next attempt is
    /// assigned with fresh commitments of all its members.</summary>
    public Rejection OnRetry(AttestationRetry retry, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(retry);
        if (Judge(retry) != InputStanding.Consumable)
        {
            return Find(retry.Sequence) is null ? Rejection.UnknownAssignment : Rejection.OldSequence;
        }

        var batch = _batches[retry.Sequence.Number];
        batch.Hear(retry);
        _changed.Add(retry.Sequence.Number);
        var hasFailed = retry.Attempt == batch.Attempt && !batch.IsDue
            && batch.RetriesOf(batch.Attempt) >= _site.Size.OneCorrect;
        if (hasFailed)
        {
            BanSpoilers(batch);
        }

        MoveNamed(batch, retry);
        MoveUnnamed(batch, retry.Attempt);
        if (hasFailed)
        {
            _twoGroupsUntil = now + TwoGroupsAfterRetry;
            EndAttempt(batch, now);
        }

        return Rejection.None;
    }

    /// <summary>What proves nothing is refused for good at once: kept, it would be ordered again and again, and at last
    /// be held against the primary.</summary>
    public InputStanding Judge(BadShare bad)
    {
        ArgumentNullException.ThrowIfNull(bad);
        var place = bad.Share.Place;
        return Find(place.Sequence) is not { } batch ? Unknown(place.Sequence)
            : place.Attempt > batch.Attempt ? EarlyUntilLast(place.Attempt)
            : RefusalOf(bad, batch) == Rejection.None ? InputStanding.Consumable
            : InputStanding.Obsolete;
    }

    /// <summary>A share that does not fit, under its sender's own signature (which the gate has checked).</summary>
    public Rejection OnBadShare(BadShare bad, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(bad);
        var place = bad.Share.Place;
        var batch = Find(place.Sequence);
        var refusal = batch is null ? Rejection.UnknownAssignment : RefusalOf(bad, batch);
        if (refusal != Rejection.None)
        {
            return refusal;
        }

        _order.Ban(1 << place.Member);
        if (place.Attempt == batch!.Attempt)
        {
            EndAttempt(batch, now);
        }

        return Rejection.None;
    }

    /// <summary>Forgets the assignments of batches below; what they said and nobody acknowledged is put out
    /// again.</summary>
    public void Retire(SiteSequence below)
    {
        while (_batches.Count > 0 && _batches.First().Key is var oldest && oldest < below.Number)
        {
            _batches.Remove(oldest);
            _changed.Add(oldest);
        }

        _verdicts.Retire(below.Number);
    }

    public void Save(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var state = map.Under(Prefix);
        state.Set(ScalarsKey, EncodeScalars());
        foreach (var stock in _stocks)
        {
            stock.SaveRows(state);
        }

        foreach (var sequence in _changed)
        {
            if (_batches.TryGetValue(sequence, out var batch))
            {
                state.Set(KeyOf(sequence), batch.Encode());
            }
            else
            {
                state.Remove(KeyOf(sequence));
            }
        }

        _changed.Clear();
    }

    public void Load(AuthenticatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var state = map.Under(Prefix);
        Invariant.Holds(state.TryGet(ScalarsKey, out var scalars), "M1");
        var reader = new WireReader(scalars.Span);
        (_twoGroupsUntil, _newestBatch) = (reader.Time(), reader.UInt64());
        _order.Read(ref reader);
        foreach (var stock in _stocks)
        {
            stock.Load(ref reader, state);
        }

        Invariant.Holds(reader.Finished, "M1");
        _batches.Clear();
        _changed.Clear();
        _new.Clear();
        foreach (var (_, value) in state.Range(new([BatchKey]), new([BatchKey + 1])))
        {
            var batch = AttestedBatch.Decode(value);
            _batches.Add(batch.Statement.Sequence.Number, batch);
        }
    }

    private Rejection RefusalOf(NonceCommitments row) =>
        row.Replica >= _stocks.Length || _site.Size.Faults == 0 ? Rejection.NotAMember
        : row.KeyEpoch != KeyEpoch ? Rejection.OldLife
        : Rejection.None;

    private Rejection RefusalOf(BadShare bad, AttestedBatch batch)
    {
        var place = bad.Share.Place;
        return batch.Find(place.Attempt, place.Group) is not { } group || group.Name != bad.Share.Assignment
            ? Rejection.UnknownAssignment
            : place.KeyEpoch != KeyEpoch || !group.TryFind(place.Member, out _) ? Rejection.NotAMember
            : IsBanned(place.Member) ? Rejection.AlreadyKnown
            : !_verdicts.IsBad(group, place.Member, bad.Share.Response) ? Rejection.NotBad
            : Rejection.None;
    }

    private static InputStanding EarlyUntilLast(uint attempt) =>
        attempt < Limits.AttemptsPerBatch ? InputStanding.Early : InputStanding.Obsolete;

    private InputStanding Unknown(SiteSequence sequence) =>
        sequence.Number > _newestBatch ? InputStanding.Early : InputStanding.Obsolete;

    private List<int> Able() =>
        [.. Order.Where(replica => !IsBanned(replica) && (_site.Size.Faults == 0 || _stocks[replica].Left > 0))];

    private void AssignDue(Timestamp now)
    {
        foreach (var (sequence, batch) in _batches)
        {
            if (batch.IsDue && IsAble)
            {
                AddGroups(batch, batch.Attempt + 1, now);
                _changed.Add(sequence);
            }
        }
    }

    private void AddGroups(AttestedBatch batch, uint attempt, Timestamp now)
    {
        var groups = new List<SigningGroup>();
        var (disjoint, covering) = (Disjoint(now), attempt > 0 ? Covering() : []);
        foreach (var chosen in covering.Count > disjoint.Count ? covering : disjoint)
        {
            // Ascending by identifier, as RFC 9591 wants its commitment lists.
            var members = ValueList.From(chosen.Order().Select(Spend));
            groups.Add(new(batch.Statement, attempt, (byte)groups.Count, members));
        }

        batch.Add(groups);
        _new.AddRange(groups);
        _changed.Add(batch.Statement.Sequence.Number);
    }

    /// <summary>The most trusted; for some time after a failed attempt those who come next, too.</summary>
    private List<int[]> Disjoint(Timestamp now)
    {
        var (able, members) = (Able(), _site.Size.OneCorrect);
        var count = now < _twoGroupsUntil && able.Count >= 2 * members ? 2 : 1;
        return [.. able.Chunk(members).Take(count)];
    }

    /// <summary>For an attempt after one that failed: the groups of the family all of whose members have commitments, one
    /// for each group that they are in. The others would give no signature.</summary>
    private List<int[]> Covering()
    {
        var (able, family) = (Able(), CoveringFamily.Of(_site.Size));
        return [.. family.Where(group => Array.TrueForAll(group, IsAbleAt)).Select(group => group.Select(At).ToArray())];

        int At(byte place) => Order[place];
        bool IsAbleAt(byte place) => able.Contains(At(place))
            && _stocks[At(place)].Left >= family.Count(group => group.Contains(place));
    }

    private GroupMember Spend(int replica) =>
        _site.Size.Faults == 0 ? new(replica, 0, 0, 0, default) : _stocks[replica].Spend();

    private void EndAttempt(AttestedBatch batch, Timestamp now)
    {
        batch.IsDue = batch.Attempt + 1 < Limits.AttemptsPerBatch;
        _changed.Add(batch.Statement.Sequence.Number);
        AssignDue(now);
    }

    /// <summary>Where a member has published what are no points, the honest of its group cannot give a share, and look
    /// silent. Who failed them is in the machine's own state, under that member's signature.</summary>
    private void BanSpoilers(AttestedBatch batch)
    {
        foreach (var group in batch.CurrentGroups)
        {
            _order.Ban(_verdicts.SpoilersOf(group));
        }
    }

    private void MoveNamed(AttestedBatch batch, AttestationRetry retry)
    {
        // Late retries still count, or f + 1 quick ones that name nobody would keep a silent replica in front.
        foreach (var replica in retry.Silent.Span)
        {
            if (replica < _stocks.Length
                && batch.NamedBy(retry.Attempt, replica) == _site.Size.OneCorrect
                && !IsSpoiled(batch, retry.Attempt, replica))
            {
                _order.MoveToEnd(replica);
            }
        }
    }

    /// <summary>Whether the group in which the replica kept silent had a member that is banned: the blame is that
    /// one's.</summary>
    private bool IsSpoiled(AttestedBatch batch, uint attempt, int replica) => batch.Groups.Any(group =>
        group.Attempt == attempt && group.TryFind(replica, out _)
        && group.Members.Any(member => IsBanned(member.Replica)));

    /// <summary>Three liars of one group can show their shares to some and not to others, so that nobody has all and no f + 1
    /// name the same one. Once all who are honest may have been heard, the whole group goes: whom of it most name would be
    /// for the liars to choose, and that the next attempt gives a signature does not help the batches after it.</summary>
    private void MoveUnnamed(AttestedBatch batch, uint attempt)
    {
        var front = Able().Take(_site.Size.OneCorrect).ToList();
        var isFront = batch.RetriesOf(attempt) == _site.Size.Quorum && batch.Groups.Any(group =>
            group.Attempt == attempt && group.Members.All(member => front.Contains(member.Replica)));
        if (isFront && front.TrueForAll(replica => batch.NamedBy(attempt, replica) < _site.Size.OneCorrect))
        {
            front.ForEach(_order.MoveToEnd);
        }
    }

    private Bytes EncodeScalars()
    {
        var writer = new WireWriter();
        writer.Time(_twoGroupsUntil);
        writer.UInt64(_newestBatch);
        _order.Write(writer);
        foreach (var stock in _stocks)
        {
            stock.WriteScalars(writer);
        }

        return writer.ToBytes();
    }

    private static Bytes KeyOf(ulong sequence)
    {
        var writer = new WireWriter(16);
        writer.Byte(BatchKey);
        writer.UInt64(sequence);
        return writer.ToBytes();
    }
}
