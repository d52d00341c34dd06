namespace Holdfast.Protocol.Tests;

/// <summary>The store against a model that keeps a whole copy of the store for each revision.</summary>
public sealed class KeyValueModelTests
{
    // Zero bytes, and keys that begin with others: where an encoding that keeps order goes wrong.
    private static readonly Bytes[] SomeKeys =
        [.. new[] { "61", "6100", "610000", "6100ff", "6101", "61ff", "6161", "62", "00", "ff" }.Select(Bytes.FromHex)];

    public static KeyValueQuery[] SomeQueries { get; } =
    [
        .. SomeKeys.Select(key => new KeyValueQuery.Range(RangeRequest.Get(key), WithRevision: false)),
        new KeyValueQuery.Range(RangeRequest.Of(KeyRange.Prefix(SomeKeys[0])), WithRevision: false),
        new KeyValueQuery.Range(RangeRequest.Of(KeyRange.All) with { Limit = 2 }, WithRevision: true),
        new KeyValueQuery.Range(RangeRequest.Get(SomeKeys[1]) with { Revision = 9 }, WithRevision: false),
        new KeyValueQuery.Status(),
        new KeyValueQuery.Changes(KeyRange.All, new(5, 0), 3),
    ];

    [Fact]
    public void The_store_does_what_the_model_does()
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            var (dice, store, model) = (new Dice(seed), new KeyValueStage(), new Model());
            for (var step = 0; step < 120; step++)
            {
                var operation = AnyOperation(dice, model.Revision);
                var expected = model.Do(operation);
                Assert.True(expected == store.Do(operation), $"seed {seed} step {step}");
                AssertSameAt(model, store, (ulong)dice.Below((int)model.Revision + 2), dice);
            }
        }
    }

    [Fact]
    public void Two_stores_that_did_the_same_have_one_digest()
    {
        var (dice, one, other) = (new Dice(5), new KeyValueStage(), new KeyValueStage());
        for (var step = 0; step < 300; step++)
        {
            var operation = AnyOperation(dice, one.Status().Revision);
            Assert.Equal(one.Do(operation), other.Do(operation));
            Assert.Equal(one.Digest, other.Digest);
        }
    }

    [Fact]
    public void Operations_queries_and_replies_are_read_back_as_they_were_written()
    {
        var (dice, store) = (new Dice(6), new KeyValueStage());
        for (var step = 0; step < 300; step++)
        {
            var operation = AnyOperation(dice, store.Status().Revision);
            Assert.Equal(operation, KeyValueOperation.Decode(operation.Encode()));
            var reply = store.Do(operation);
            Assert.Equal(reply, KeyValueReply.Decode(reply.Encode()));
        }

        Assert.All(SomeQueries, query => Assert.Equal(query, KeyValueQuery.Decode(query.Encode())));
        Assert.All(SomeQueries, query => Assert.Null(KeyValueQuery.Decode(query.Encode().Concat([0]))));
    }

    [Fact]
    public void Hostile_bytes_are_refused_and_never_throw()
    {
        var (dice, store) = (new Dice(7), new KeyValueStage());
        for (var step = 0; step < 3000; step++)
        {
            var bytes = AnyOperation(dice, 5).Encode().ToArray();
            bytes[dice.Below(bytes.Length)] ^= (byte)(1 << dice.Below(8));
            store.DoBytes(new Bytes(bytes));
            var query = SomeQueries[dice.Below(SomeQueries.Length)].Encode().ToArray();
            query[dice.Below(query.Length)] ^= (byte)(1 << dice.Below(8));
            store.AskBytes(new Bytes(query));
            _ = KeyValueReply.Decode(new Bytes(bytes));
        }
    }

    internal static KeyValueOperation AnyOperation(Dice dice, ulong revision)
    {
        if (dice.OneIn(12))
        {
            return new KeyValueOperation.Compact((ulong)dice.Below((int)revision + 2));
        }

        if (!dice.OneIn(3))
        {
            return AnySimple(dice, revision);
        }

        var key = SomeKeys[dice.Below(SomeKeys.Length)];
        var relation = (CompareRelation)(1 + dice.Below(4));
        var compare = dice.OneIn(3)
            ? KeyCompare.OnValue(key, relation, dice.Bytes(1))
            : KeyCompare.OnNumber(key, (CompareTarget)(1 + dice.Below(3)), relation, (ulong)dice.Below(5));
        return new KeyValueOperation.Transaction(
            dice.OneIn(3) ? [] : [compare],
            [.. Enumerable.Range(0, dice.Below(4)).Select(_ => AnySimple(dice, revision))],
            [.. Enumerable.Range(0, dice.Below(4)).Select(_ => AnySimple(dice, revision))]);
    }

    private static KeyValueOperation AnySimple(Dice dice, ulong revision) => dice.Below(6) switch
    {
        0 => new KeyValueOperation.Delete(AnyRange(dice), dice.OneIn(2)),
        1 => new KeyValueOperation.Range(AnyRequest(dice, (ulong)dice.Below((int)revision + 2))),
        _ => new KeyValueOperation.Put(SomeKeys[dice.Below(SomeKeys.Length)], dice.Bytes(dice.Below(3)), dice.OneIn(2)),
    };

    private static KeyRange AnyRange(Dice dice) => dice.Below(4) switch
    {
        0 => KeyRange.Prefix(SomeKeys[dice.Below(SomeKeys.Length)]),
        1 => new KeyRange(SomeKeys[dice.Below(SomeKeys.Length)], SomeKeys[dice.Below(SomeKeys.Length)]),
        _ => KeyRange.Single(SomeKeys[dice.Below(SomeKeys.Length)]),
    };

    private static RangeRequest AnyRequest(Dice dice, ulong revision) => new(
        dice.OneIn(3) ? KeyRange.All : AnyRange(dice), revision, (uint)dice.Below(4), (RangeParts)(1 + dice.Below(3)));

    private static void AssertSameAt(Model model, KeyValueStage store, ulong revision, Dice dice)
    {
        var request = AnyRequest(dice, revision);
        var expected = model.Range(request, shown: 0) ?? (object)model.RevisionError(revision)!;
        var actual = store.Ask(new KeyValueQuery.Range(request, WithRevision: false)).Reply;
        Assert.Equal(expected, actual is KeyValueReply.Refused refused ? refused.Error : actual);
    }

    /// <summary>Naive on purpose: it shares no code with the store but the words.</summary>
    private sealed class Model
    {
        private readonly List<SortedDictionary<Bytes, KeyValueItem>> _revisions = [[], []];
        private ulong _compacted;

        public ulong Revision => (ulong)_revisions.Count - 1;

        public KeyValueReply Do(KeyValueOperation operation)
        {
            if (operation is KeyValueOperation.Compact compact)
            {
                return Compact(compact.Revision);
            }

            var transaction = operation as KeyValueOperation.Transaction;
            if (transaction is not null && new[] { transaction.Then, transaction.Else }.Any(HasConflict))
            {
                return new KeyValueReply.Refused(Revision, KeyValueError.DuplicateKey);
            }

            var succeeded = transaction?.If.All(Holds) ?? false;
            var branch = transaction is null ? [operation] : succeeded ? transaction.Then : transaction.Else;
            foreach (var range in branch.OfType<KeyValueOperation.Range>())
            {
                if (RevisionError(range.Request.Revision) is { } error)
                {
                    return new KeyValueReply.Refused(Revision, error);
                }
            }

            var (replies, before) = (new List<KeyValueReply>(), _revisions.Count);
            foreach (var one in branch)
            {
                replies.Add(DoOne(one, (ulong)before));
            }

            return transaction is null
                ? replies[0]
                : new KeyValueReply.Transaction(Revision, succeeded, new([.. replies]));
        }

        public KeyValueError? RevisionError(ulong revision) =>
            revision > Revision ? KeyValueError.FutureRevision
            : revision != 0 && revision < _compacted ? KeyValueError.Compacted
            : null;

        public KeyValueReply.Range? Range(RangeRequest request, ulong shown)
        {
            if (RevisionError(request.Revision) is not null)
            {
                return null;
            }

            var all = _revisions[request.Revision == 0 ? ^1 : (int)request.Revision].Values
                .Where(item => request.Keys.Contains(item.Key)).ToArray();
            var limit = request.Limit == 0 ? int.MaxValue : (int)request.Limit;
            var items = request.Parts switch
            {
                RangeParts.CountOnly => [],
                RangeParts.Keys => all.Take(limit).Select(item => item with { Value = Bytes.Empty }),
                _ => all.Take(limit),
            };
            var more = request.Parts != RangeParts.CountOnly && all.Length > limit;
            return new(shown, [.. items], more, (ulong)all.Length);
        }

        private KeyValueReply DoOne(KeyValueOperation operation, ulong revision)
        {
            switch (operation)
            {
                case KeyValueOperation.Put put:
                    Next(revision).TryGetValue(put.Key, out var previous);
                    var (created, version) = (previous?.CreateRevision ?? revision, (previous?.Version ?? 0) + 1);
                    Next(revision)[put.Key] = new(put.Key, put.Value, created, revision, version);
                    return new KeyValueReply.Put(Revision, put.WithPrevious ? previous : null);
                case KeyValueOperation.Delete delete:
                    var gone = _revisions[^1].Values.Where(item => delete.Keys.Contains(item.Key)).ToArray();
                    foreach (var item in gone)
                    {
                        Next(revision).Remove(item.Key);
                    }

                    return new KeyValueReply.Delete(Revision, (ulong)gone.Length, delete.WithPrevious ? [.. gone] : []);
                case KeyValueOperation.Range range:
                    return Range(range.Request, Revision)!;
                default:
                    throw new NotSupportedException();
            }
        }

        private SortedDictionary<Bytes, KeyValueItem> Next(ulong revision)
        {
            if (revision > Revision)
            {
                _revisions.Add(new(_revisions[^1]));
            }

            return _revisions[^1];
        }

        private KeyValueReply Compact(ulong revision)
        {
            if (revision > Revision || revision <= _compacted)
            {
                var error = revision > Revision ? KeyValueError.FutureRevision : KeyValueError.Compacted;
                return new KeyValueReply.Refused(Revision, error);
            }

            _compacted = revision;
            return new KeyValueReply.Compact(Revision);
        }

        private bool Holds(KeyCompare compare)
        {
            _revisions[^1].TryGetValue(compare.Key, out var item);
            if (compare.Target == CompareTarget.Value && item is null)
            {
                return false;
            }

            var order = compare.Target switch
            {
                CompareTarget.Version => (item?.Version ?? 0).CompareTo(compare.Number),
                CompareTarget.CreateRevision => (item?.CreateRevision ?? 0).CompareTo(compare.Number),
                CompareTarget.ModRevision => (item?.ModRevision ?? 0).CompareTo(compare.Number),
                _ => item!.Value.CompareTo(compare.Value),
            };
            return compare.Relation switch
            {
                CompareRelation.Equal => order == 0,
                CompareRelation.NotEqual => order != 0,
                CompareRelation.Less => order < 0,
                _ => order > 0,
            };
        }

        private static bool HasConflict(ValueList<KeyValueOperation> branch)
        {
            var puts = branch.OfType<KeyValueOperation.Put>().Select(put => put.Key).ToArray();
            return puts.Distinct().Count() < puts.Length
                || branch.OfType<KeyValueOperation.Delete>().Any(delete => puts.Any(delete.Keys.Contains));
        }
    }
}
