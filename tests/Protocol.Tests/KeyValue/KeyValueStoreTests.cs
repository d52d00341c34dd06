using System.Text;
using static Holdfast.Protocol.Tests.KeyValueStage;

namespace Holdfast.Protocol.Tests;

/// <summary>The data model of etcd's version 3, sentence by sentence.</summary>
public sealed class KeyValueStoreTests
{
    private readonly KeyValueStage _store = new();

    [Fact]
    public void An_empty_store_is_at_revision_one()
    {
        Assert.Equal(new KeyValueReply.Status(1, 0, 0), _store.Status());
        Assert.Null(_store.Look("a"));
    }

    [Fact]
    public void A_key_tells_when_it_came_to_be_when_it_changed_and_how_often()
    {
        _store.Put("a", "1", "b", "1", "a", "2");

        Assert.Equal(Item("a", "2", create: 2, mod: 4, version: 2), _store.Look("a"));
        Assert.Equal(Item("b", "1", create: 3, mod: 3, version: 1), _store.Look("b"));
    }

    [Fact]
    public void A_deleted_key_comes_back_as_a_new_one()
    {
        _store.Put("a", "1", "a", "2");
        Assert.Equal(new KeyValueReply.Delete(4, 1, []), _store.Do(Delete("a")));
        Assert.Null(_store.Look("a"));

        _store.Put("a", "3");

        Assert.Equal(Item("a", "3", create: 5, mod: 5, version: 1), _store.Look("a"));

        // The mark, the living key, its versions and its changes: no tombstone.
        Assert.Equal(1 + 1 + 4 + 4, _store.Entries);
    }

    [Fact]
    public void What_changes_nothing_raises_no_revision()
    {
        _store.Put("a", "1");

        Assert.Equal(new KeyValueReply.Delete(2, 0, []), _store.Do(Delete("b")));
        _store.Do(Get("a"));
        _store.Do(new KeyValueOperation.Transaction([], [Get("a")], []));

        Assert.Equal(2UL, _store.Status().Revision);
    }

    [Fact]
    public void An_operation_tells_what_was_there_before_if_asked()
    {
        var put = Put("a", "2") with { WithPrevious = true };
        Assert.Equal(new KeyValueReply.Put(2, null), _store.Do(put));
        Assert.Equal(new KeyValueReply.Put(3, Item("a", "2", 2, 2, 1)), _store.Do(put));

        var deleted = _store.Do(new KeyValueOperation.Delete(KeyRange.All, WithPrevious: true));

        Assert.Equal(new KeyValueReply.Delete(4, 1, [Item("a", "2", 2, 3, 2)]), deleted);
    }

    [Fact]
    public void A_range_begins_with_its_first_key_and_ends_before_its_last()
    {
        _store.Put("a", "1", "b", "2", "ba", "3", "c", "4");

        Assert.Equal(["b", "ba"], Keys(new KeyRange(Text("b"), Text("c"))));
        Assert.Equal(["b", "ba"], Keys(KeyRange.Prefix(Text("b"))));
        Assert.Equal(["b"], Keys(KeyRange.Single(Text("b"))));
        Assert.Equal(["b", "ba", "c"], Keys(new KeyRange(Text("aa"), null)));
        Assert.Equal(["a", "b", "ba", "c"], Keys(KeyRange.All));
        Assert.Empty(Keys(new KeyRange(Text("c"), Text("b"))));
    }

    [Fact]
    public void A_limited_range_counts_all_and_says_that_there_is_more()
    {
        _store.Put("a", "1", "b", "2", "c", "3");
        var request = RangeRequest.Of(KeyRange.All) with { Limit = 2 };

        foreach (var revision in new ulong[] { 0, 4 })
        {
            var range = _store.Range(request with { Revision = revision });
            Assert.Equal((2, true, 3UL), (range.Items.Count, range.More, range.Count));
            var whole = _store.Range(request with { Revision = revision, Limit = 3 });
            Assert.Equal((3, false, 3UL), (whole.Items.Count, whole.More, whole.Count));
            var keys = _store.Range(request with { Revision = revision, Parts = RangeParts.Keys });
            Assert.Equal([Item("a", "", 2, 2, 1), Item("b", "", 3, 3, 1)], keys.Items);
            var count = _store.Range(request with { Revision = revision, Parts = RangeParts.CountOnly });
            Assert.Equal((0, false, 3UL), (count.Items.Count, count.More, count.Count));
        }
    }

    [Fact]
    public void A_range_that_does_not_fit_into_a_reply_says_that_there_is_more()
    {
        var value = new Bytes(new byte[KeyValueLimits.ValueBytes]);
        _store.Do(new KeyValueOperation.Put(Text("a"), value, WithPrevious: false));
        _store.Do(new KeyValueOperation.Put(Text("b"), value, WithPrevious: false));

        var range = _store.Range(RangeRequest.Of(KeyRange.All));

        Assert.Equal((1, true, 2UL), (range.Items.Count, range.More, range.Count));
    }

    [Fact]
    public void The_store_can_be_read_as_it_was_at_any_revision()
    {
        _store.Put("a", "1", "b", "1", "a", "2");
        _store.Do(Delete("b"));

        Assert.Null(_store.Look("a", revision: 1));
        Assert.Equal(Item("a", "1", 2, 2, 1), _store.Look("a", revision: 3));
        Assert.Equal(Item("b", "1", 3, 3, 1), _store.Look("b", revision: 4));
        Assert.Null(_store.Look("b", revision: 5));
        Assert.Equal(KeyValueError.FutureRevision, RefusedAt(6));
    }

    [Fact]
    public void Compaction_forgets_what_was_before_and_keeps_the_store_as_of_the_revision()
    {
        _store.Put("a", "1", "a", "2", "b", "1");

        Assert.Equal(new KeyValueReply.Compact(4), _store.Do(new KeyValueOperation.Compact(3)));

        Assert.Equal(KeyValueError.Compacted, RefusedAt(2));
        Assert.Equal(Item("a", "2", 2, 3, 2), _store.Look("a", revision: 3));
        Assert.Equal(new KeyValueReply.Status(4, 3, 2), _store.Status());
        Assert.Equal(KeyValueError.Compacted, _store.Refused(new KeyValueOperation.Compact(3)));
        Assert.Equal(KeyValueError.FutureRevision, _store.Refused(new KeyValueOperation.Compact(5)));
    }

    [Fact]
    public void What_is_compacted_leaves_the_state_by_and_by()
    {
        for (var change = 0; change < 100; change++)
        {
            _store.Put("a", $"{change}", "b", $"{change}");
        }

        _store.Do(Delete("b"));
        var full = _store.Entries;
        _store.Do(new KeyValueOperation.Compact(202));
        for (var later = 0; later < 6; later++)
        {
            _store.Do(Get("a"));
        }

        // The mark, and for the one living key: its last change and its last version.
        Assert.Equal(3, _store.Entries);
        Assert.True(full > 400);
        Assert.Equal("99", Encoding.UTF8.GetString(_store.Look("a")!.Value.Span));
    }

    [Fact]
    public void A_transaction_takes_one_branch_at_one_revision()
    {
        _store.Put("a", "1", "b", "1");
        var transaction = new KeyValueOperation.Transaction(
            [KeyCompare.OnValue(Text("a"), CompareRelation.Equal, Text("1"))],
            [Put("a", "2"), Get("a"), Delete("b"), Put("c", "1")],
            [Put("d", "1")]);

        var reply = Assert.IsType<KeyValueReply.Transaction>(_store.Do(transaction));

        Assert.True(reply.Succeeded);
        Assert.Equal(new KeyValueReply.Range(4, [Item("a", "2", 2, 4, 2)], More: false, 1), reply.Replies[1]);
        Assert.Equal(new KeyValueReply.Status(4, 0, 2), _store.Status());
        Assert.Equal(4UL, _store.Look("c")!.ModRevision);
        var second = Assert.IsType<KeyValueReply.Transaction>(_store.Do(transaction));
        Assert.False(second.Succeeded);
        Assert.Equal(Item("d", "1", 5, 5, 1), _store.Look("d"));
    }

    [Theory]
    [InlineData(CompareTarget.Version, 2)]
    [InlineData(CompareTarget.CreateRevision, 2)]
    [InlineData(CompareTarget.ModRevision, 3)]
    public void A_condition_compares_what_a_key_has(CompareTarget target, ulong number)
    {
        _store.Put("a", "1", "a", "2");

        Assert.True(Holds(KeyCompare.OnNumber(Text("a"), target, CompareRelation.Equal, number)));
        Assert.False(Holds(KeyCompare.OnNumber(Text("a"), target, CompareRelation.NotEqual, number)));
        Assert.True(Holds(KeyCompare.OnNumber(Text("a"), target, CompareRelation.Greater, number - 1)));
        Assert.False(Holds(KeyCompare.OnNumber(Text("a"), target, CompareRelation.Greater, number)));
        Assert.True(Holds(KeyCompare.OnNumber(Text("a"), target, CompareRelation.Less, number + 1)));
        Assert.False(Holds(KeyCompare.OnNumber(Text("a"), target, CompareRelation.Less, number)));
        Assert.True(Holds(KeyCompare.OnNumber(Text("missing"), target, CompareRelation.Equal, 0)));
    }

    [Fact]
    public void A_condition_on_the_value_compares_bytes_and_never_holds_for_a_missing_key()
    {
        _store.Put("a", "m");

        Assert.True(Holds(KeyCompare.OnValue(Text("a"), CompareRelation.Less, Text("ma"))));
        Assert.True(Holds(KeyCompare.OnValue(Text("a"), CompareRelation.Greater, Text("lz"))));
        Assert.True(Holds(KeyCompare.OnValue(Text("a"), CompareRelation.NotEqual, Text("n"))));
        Assert.False(Holds(KeyCompare.OnValue(Text("b"), CompareRelation.NotEqual, Text("n"))));
    }

    [Fact]
    public void A_transaction_changes_no_key_twice_in_either_branch()
    {
        KeyValueOperation.Transaction[] refused =
        [
            new([], [Put("a", "1"), Put("a", "2")], []),
            new([], [], [Put("a", "1"), Put("a", "2")]),
            new([], [Put("b", "1"), new KeyValueOperation.Delete(KeyRange.Prefix(Text("b")), WithPrevious: false)], []),
        ];

        Assert.All(refused, one => Assert.Equal(KeyValueError.DuplicateKey, _store.Refused(one)));
        Assert.Equal(1UL, _store.Status().Revision);
        _store.Put("a", "1");
        var twice = new KeyValueOperation.Transaction([], [Delete("a"), Delete("a")], []);
        var reply = Assert.IsType<KeyValueReply.Transaction>(_store.Do(twice));
        Assert.Equal([new KeyValueReply.Delete(3, 1, []), new KeyValueReply.Delete(3, 0, [])], reply.Replies);
    }

    [Fact]
    public void A_refused_transaction_changes_nothing()
    {
        _store.Put("a", "1");
        var digest = _store.Digest;
        var future = new KeyValueOperation.Range(RangeRequest.Get(Text("a")) with { Revision = 9 });

        var looksAhead = new KeyValueOperation.Transaction([], [Put("b", "1"), future], []);
        var putsNothing = new KeyValueOperation.Transaction([], [Put("b", "1"), Put("", "1")], []);

        Assert.Equal(KeyValueError.FutureRevision, _store.Refused(looksAhead));
        Assert.Equal(KeyValueError.EmptyKey, _store.Refused(putsNothing));
        Assert.Equal(KeyValueError.EmptyKey, _store.Refused(Put("", "1")));
        Assert.Equal(digest, _store.Digest);
    }

    [Fact]
    public void More_keys_than_one_operation_may_delete_are_refused()
    {
        for (var key = 0; key <= KeyValueLimits.KeysPerDelete; key++)
        {
            _store.Put($"{key:d6}", "");
        }

        var all = new KeyValueOperation.Delete(KeyRange.All, WithPrevious: false);
        Assert.Equal(KeyValueError.TooManyKeys, _store.Refused(all));
        _store.Do(Delete("000000"));
        var deleted = Assert.IsType<KeyValueReply.Delete>(_store.Do(all));
        Assert.Equal((ulong)KeyValueLimits.KeysPerDelete, deleted.Deleted);
    }

    /// <summary>One question must not take long, however many keys there are or ever were.</summary>
    [Fact]
    public void A_past_range_looks_at_so_many_keys_and_says_that_there_is_more()
    {
        const int count = KeyValueLimits.KeysPerOperation;
        for (var key = 0; key < count; key++)
        {
            _store.Put($"{key:d6}", "");
        }

        var (last, all) = ((ulong)count + 1, RangeRequest.Of(KeyRange.All));
        var page = _store.Range(all with { Revision = last, Limit = 2 });
        Assert.Equal((2, true, (ulong)KeyValueLimits.PastKeysPerQuery), (page.Items.Count, page.More, page.Count));
        Assert.Equal(KeyValueError.TooManyKeys, RefusedOf(all with { Revision = last, Parts = RangeParts.CountOnly }));
        Assert.Equal(KeyValueError.TooManyKeys, RefusedOf(all with { Revision = 1 }));
        Assert.Equal(0UL, _store.Range(RangeRequest.Of(KeyRange.Prefix(Text("000"))) with { Revision = 1 }).Count);

        // An operation is executed at every replica of every site, and may look at fewer.
        KeyValueError? Refused(params RangeRequest[] ranges) => (_store.Do(new KeyValueOperation.Transaction(
            [], ValueList.From<KeyValueOperation>(ranges.Select(range => new KeyValueOperation.Range(range))), []))
            as KeyValueReply.Refused)?.Error;
        var some = RangeRequest.Of(new(Text("000000"), Text("004096")));
        Assert.Null(Refused(some with { Revision = last }));
        Assert.Equal(KeyValueError.TooManyKeys, Refused(some with { Revision = last }, some with { Revision = last }));
        Assert.Null(Refused(all, all));
        Assert.Equal(KeyValueError.TooManyKeys, Refused(all, all, all));
        Assert.Null(Refused(all with { Limit = 5 }, all with { Limit = 5 }, all with { Parts = RangeParts.CountOnly }));
    }

    [Fact]
    public void What_was_deleted_is_given_back_only_if_it_is_not_too_long()
    {
        var value = new Bytes(new byte[KeyValueLimits.ValueBytes]);
        for (var key = 0; key < 4; key++)
        {
            _store.Do(new KeyValueOperation.Put(Text($"{key}"), value, WithPrevious: false));
        }

        var digest = _store.Digest;
        Assert.Equal(KeyValueError.TooLong, _store.Refused(new KeyValueOperation.Delete(KeyRange.All, WithPrevious: true)));
        Assert.Equal(digest, _store.Digest);

        _store.Do(Delete("0"));
        var deleted = _store.Do(new KeyValueOperation.Delete(KeyRange.All, WithPrevious: true));
        Assert.Equal(3, Assert.IsType<KeyValueReply.Delete>(deleted).Previous.Count);
    }

    [Fact]
    public void Malformed_bytes_are_refused_by_name()
    {
        var put = Put("a", "1").Encode();
        for (var length = 0; length < put.Length; length++)
        {
            var reply = Assert.IsType<KeyValueReply.Refused>(_store.DoBytes(Bytes.Copy(put.Span[..length])));
            Assert.Equal(KeyValueError.Malformed, reply.Error);
        }

        var tooLong = new KeyValueOperation.Put(new Bytes(new byte[KeyValueLimits.KeyBytes + 1]), default, false);
        Assert.Equal(KeyValueError.Malformed, _store.Refused(tooLong));
        var nested = new KeyValueOperation.Transaction([], [new KeyValueOperation.Transaction([], [], [])], []);
        Assert.Equal(KeyValueError.Malformed, _store.Refused(nested));
        Assert.Equal(new KeyValueReply.Refused(0, KeyValueError.Malformed), _store.AskBytes(new Bytes([9])).Reply);
    }

    [Fact]
    public void Changes_are_told_in_order_and_in_pieces()
    {
        _store.Put("a", "1", "x", "1");
        _store.Do(new KeyValueOperation.Transaction([], [Put("b", "1"), Put("a", "2")], []));
        _store.Do(Delete("a"));
        var query = new KeyValueQuery.Changes(KeyRange.Prefix(Text("a")), new(2, 0), Limit: 2);

        var first = Assert.IsType<KeyValueReply.Changes>(_store.Ask(query).Reply);
        Assert.Equal(
            [
                new KeyValueEvent(new(2, 0), IsDeleted: false, Item("a", "1", 2, 2, 1)),
                new KeyValueEvent(new(4, 1), IsDeleted: false, Item("a", "2", 2, 4, 2)),
            ],
            first.Events);
        var rest = Assert.IsType<KeyValueReply.Changes>(_store.Ask(query with { From = first.Next }).Reply);
        Assert.Equal([new KeyValueEvent(new(5, 0), IsDeleted: true, Item("a", "", 0, 5, 0))], rest.Events);
        Assert.Equal(new EventPlace(6, 0), rest.Next);

        _store.Do(new KeyValueOperation.Compact(4));
        Assert.Equal(
            KeyValueError.Compacted, Assert.IsType<KeyValueReply.Refused>(_store.Ask(query).Reply).Error);
        Assert.Single(Assert.IsType<KeyValueReply.Changes>(_store.Ask(query with { From = new(5, 0) }).Reply).Events);
    }

    private string[] Keys(KeyRange keys) =>
        [.. _store.Range(RangeRequest.Of(keys)).Items.Select(item => Encoding.UTF8.GetString(item.Key.Span))];

    private KeyValueError RefusedAt(ulong revision) => RefusedOf(RangeRequest.Get(Text("a")) with { Revision = revision });

    private KeyValueError RefusedOf(RangeRequest request)
    {
        var query = new KeyValueQuery.Range(request, WithRevision: false);
        return Assert.IsType<KeyValueReply.Refused>(_store.Ask(query).Reply).Error;
    }

    private bool Holds(KeyCompare compare) => Assert.IsType<KeyValueReply.Transaction>(
        _store.Do(new KeyValueOperation.Transaction([compare], [], []))).Succeeded;
}
