using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What a replica holds and what a primary takes from it.</summary>
public sealed class InputPoolTests
{
    private readonly BoxMachine _machine = new();
    private readonly InputPool _pool;

    public InputPoolTests() => _pool = new(_machine);

    [Fact]
    public void An_input_that_was_ordered_too_early_stays_until_the_machine_has_consumed_it()
    {
        Add(Retry(1));
        _machine.Execute(new(1), new(default, [Retry(1)]));
        _pool.OnExecuted(new(default, [Retry(1)]));
        Assert.Equal(1, _pool.Count);

        _machine.Execute(new(2), new(default, [Retry(0), Retry(1)]));
        _pool.OnExecuted(new(default, [Retry(0), Retry(1)]));
        Assert.Equal(0, _pool.Count);
    }

    [Fact]
    public void Another_machine_far_ahead_judges_all_that_is_held_anew()
    {
        Add(Retry(0));
        Add(Retry(2));
        var ahead = new BoxMachine();
        ahead.Execute(new(1), new(default, [Retry(0), Retry(1)]));

        _pool.StartAt(ahead, default, TimeSpan.FromMilliseconds(50));

        Assert.Equal([Retry(2)], BatchBuilder.Build(_pool).Inputs.Select(pooled => pooled.Input));
        Assert.Equal((1, 1), (_pool.Count, _pool.Waiting));
    }

    [Fact]
    public void An_early_input_rides_in_a_batch_only_behind_the_one_it_waits_for()
    {
        Add(Retry(1));
        Assert.Empty(BatchBuilder.Build(_pool).Inputs);

        Add(Retry(0));
        Assert.Equal([0UL, 1UL], BatchBuilder.Build(_pool).Inputs.Select(pooled => pooled.Rank));
    }

    [Fact]
    public void A_source_has_at_most_a_quarter_of_a_batch_while_others_wait()
    {
        var greedy = new Dice(1).Bytes(32);
        for (var number = 1UL; number <= Limits.InputsPerBatch; number++)
        {
            Add(SiteBox.Request(new(number)) with { Client = greedy, FirstNumber = number });
        }

        for (var other = 0UL; other < Limits.InputsPerBatch / 4 * 2; other++)
        {
            Add(SiteBox.Request(new(9000 + other)));
        }

        Add(Retry(0));
        var draft = BatchBuilder.Build(_pool);

        Assert.True(draft.IsFull);
        Assert.Equal(Limits.InputsPerBatch, draft.Inputs.Count);
        Assert.Contains(draft.Inputs, pooled => pooled.Source.Kind == InputSourceKind.Link);
        Assert.Equal(Limits.InputsPerBatch / 2, draft.Inputs.Count(pooled => IsOfAnother(pooled, greedy)));
    }

    /// <summary>What a batch takes to execute must not depend on how much has piled up.</summary>
    [Fact]
    public void A_batch_is_filled_to_its_bound_however_much_waits()
    {
        const int length = Limits.FilledBatchBytes / 10;
        for (var client = 0UL; client < 40; client++)
        {
            Add(SiteBox.Request(new(client), length));
        }

        var draft = BatchBuilder.Build(_pool);

        Assert.True(draft.IsFull);
        var bytes = draft.Inputs.Sum(pooled => pooled.Bytes);
        Assert.InRange(bytes, Limits.FilledBatchBytes - (2 * length), Limits.FilledBatchBytes);
    }

    /// <summary>Whatever comes after it, it is the oldest at last.</summary>
    [Theory]
    [InlineData(Limits.FilledBatchBytes / 10 * 8)]
    [InlineData(Limits.FilledBatchBytes * 2)]
    public void A_long_input_has_its_turn_though_others_always_wait(int length)
    {
        Add(SiteBox.Request(new(0), length: 100_000));
        var longOne = SiteBox.Request(new(1), length);
        Add(longOne);
        for (var client = 2UL; client < 40; client++)
        {
            Add(SiteBox.Request(new(client), length: 10_000));
        }

        var first = BatchBuilder.Build(_pool).Inputs;
        foreach (var pooled in first)
        {
            _pool.SetInFlight(pooled, isInFlight: true);
        }

        Assert.DoesNotContain(longOne, first.Select(pooled => pooled.Input));
        Assert.Equal(longOne, BatchBuilder.Build(_pool).Inputs[0].Input);
    }

    [Fact]
    public void A_client_that_floods_leaves_as_much_room_as_it_takes()
    {
        var greedy = new Dice(1).Bytes(32);
        var taken = 0;
        while (Add(Of(greedy, (ulong)taken + 1)) == Rejection.None)
        {
            taken++;
        }

        Assert.Equal(Rejection.ShareUsedUp, Add(Of(greedy, 1_000_000)));
        Assert.Equal(Limits.PooledInputs / 4 * 3 / 2, taken);
        for (var request = 2_000_000UL; request < 2_001_000; request++)
        {
            Assert.Equal(Rejection.None, Add(SiteBox.Request(new(request), length: 1)));
        }
    }

    [Fact]
    public void Clients_cannot_fill_the_room_of_links()
    {
        for (var request = 0UL; request < Limits.PooledInputs / 4 * 3; request++)
        {
            Assert.Equal(Rejection.None, Add(SiteBox.Request(new(request), length: 1)));
        }

        Assert.Equal(Rejection.PoolFull, Add(SiteBox.Request(new(999_999))));
        Assert.Equal(Rejection.None, Add(Retry(0)));
        Assert.Equal(Rejection.AlreadyKnown, Add(Retry(0)));
    }

    [Fact]
    public void What_the_machine_has_decided_is_not_taken_in()
    {
        _machine.Execute(new(1), new(default, [Retry(0)]));

        Assert.Equal(Rejection.AlreadyAnswered, Add(Retry(0)));
    }

    [Fact]
    public void A_checkpoint_is_due_after_128_batches_and_a_second_and_at_latest_after_256()
    {
        var rule = new CheckpointRule(new(10), new(0));

        Assert.False(rule.IsDue(new(138), new(999_999)));
        Assert.False(rule.IsDue(new(137), new(5_000_000)));
        Assert.True(rule.IsDue(new(138), new(1_000_000)));
        Assert.True(rule.IsDue(new(266), new(0)));
    }

    private static bool IsOfAnother(PooledInput pooled, Bytes client) =>
        pooled.Input is ClientRequest request && request.Client != client;

    private static AttestationRetry Retry(ulong sequence) => new(0, new(sequence), 0, [], new Bytes(new byte[64]));

    private static ClientRequest Of(Bytes client, ulong number) =>
        SiteBox.Request(new(number), length: 1) with { Client = client, FirstNumber = number };

    private Rejection Add(SiteInput input) => _pool.TryAdd(input, new(0), TimeSpan.FromMilliseconds(50), out _);
}
