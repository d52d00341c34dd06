using static Holdfast.Protocol.Tests.KeyValueStage;

namespace Holdfast.Protocol.Tests;

/// <summary>An answer says what changed last of all that the query looked at: never too early, and exactly for one
/// key.</summary>
public sealed class ChangedAtTests
{
    private readonly KeyValueStage _store = new();

    [Fact]
    public void One_key_is_not_disturbed_by_others()
    {
        _store.Put("a", "1", "b", "1");
        _store.Do(Get("a"));

        Assert.Equal((1UL, 2UL, 0UL), (_store.ChangedAt("a"), _store.ChangedAt("b"), _store.ChangedAt("c")));
        Assert.Equal(0UL, _store.Range(RangeRequest.Get(Text("a"))).Revision);
    }

    [Fact]
    public void A_deletion_is_a_change_and_so_is_coming_back()
    {
        _store.Put("a", "1", "b", "1");
        _store.Do(Delete("a"));
        Assert.Equal(3UL, _store.ChangedAt("a"));

        _store.Put("b", "2", "a", "2");
        Assert.Equal(5UL, _store.ChangedAt("a"));
    }

    [Fact]
    public void A_deleted_key_that_compaction_forgot_changed_when_it_was_forgotten_at_the_latest()
    {
        _store.Put("a", "1");
        _store.Do(Delete("a"));
        _store.Do(new KeyValueOperation.Compact(3));
        _store.Put("b", "1");

        Assert.Equal(3UL, _store.ChangedAt("a"));
        Assert.Equal(4UL, _store.ChangedAt("b"));
    }

    [Fact]
    public void A_range_a_past_revision_and_a_revision_shown_change_with_the_store()
    {
        _store.Put("a", "1", "b", "1");
        _store.Do(Get("a"));
        KeyValueQuery[] queries =
        [
            new KeyValueQuery.Range(RangeRequest.Of(KeyRange.Prefix(Text("a"))), WithRevision: false),
            new KeyValueQuery.Range(RangeRequest.Get(Text("a")) with { Revision = 2 }, WithRevision: false),
            new KeyValueQuery.Range(RangeRequest.Get(Text("a")), WithRevision: true),
            new KeyValueQuery.Status(),
        ];

        Assert.All(queries, query => Assert.Equal(2UL, _store.Ask(query).ChangedAt));
        _store.Do(new KeyValueOperation.Compact(3));
        Assert.All(queries, query => Assert.Equal(4UL, _store.Ask(query).ChangedAt));
        Assert.Equal(1UL, _store.ChangedAt("a"));
        Assert.Equal(3UL, Assert.IsType<KeyValueReply.Range>(_store.Ask(queries[2]).Reply).Revision);
    }

    /// <summary>The promise itself: between its ChangedAt and now, the answer was always this one.</summary>
    [Fact]
    public void No_answer_changes_without_its_ChangedAt()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            var (dice, store) = (new Dice(seed), new KeyValueStage());
            var last = new SortedDictionary<int, (KeyValueReply Reply, ulong ChangedAt)>();
            for (var step = 0; step < 80; step++)
            {
                store.Do(KeyValueModelTests.AnyOperation(dice, store.Status().Revision));
                for (var index = 0; index < KeyValueModelTests.SomeQueries.Length; index++)
                {
                    var now = store.Ask(KeyValueModelTests.SomeQueries[index]);
                    Assert.True(now.ChangedAt <= store.Sequence);
                    if (last.TryGetValue(index, out var before))
                    {
                        Assert.True(now.ChangedAt >= before.ChangedAt);
                        Assert.True(now.ChangedAt == store.Sequence || now == before, $"seed {seed} step {step}");
                    }

                    last[index] = now;
                }
            }
        }
    }
}
