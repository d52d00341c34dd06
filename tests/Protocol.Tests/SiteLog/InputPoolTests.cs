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
        var client = new Dice(1).Bytes(32);
        for (var number = 1UL; number <= 40; number++)
        {
            Add(Of(client, number, length));
        }

        var draft = BatchBuilder.Build(_pool);

        Assert.True(draft.IsFull);
        var bytes = draft.Inputs.Sum(pooled => pooled.Bytes);
        Assert.InRange(bytes, Limits.FilledBatchBytes - (2 * length), Limits.FilledBatchBytes);
    }

    [Fact]
    public void A_long_input_alone_is_a_full_batch()
    {
        Add(Retry(0, Limits.FilledBatchBytes));
        Assert.True(BatchBuilder.Build(_pool).IsFull);
    }

    /// <summary>Room of links is no room for clients, however old what these want is.</summary>
    [Fact]
    public void Older_requests_do_not_keep_out_a_link()
    {
        for (var client = 0UL; client < 10; client++)
        {
            Add(SiteBox.Request(new(client), length: 190_000));
        }

        Add(Retry(0, 400_000));

        Assert.Contains(Retry(0, 400_000), BatchBuilder.Build(_pool).Inputs.Select(pooled => pooled.Input));
    }

    [Fact]
    public void Older_requests_of_a_client_do_not_keep_out_another()
    {
        var greedy = new Dice(1).Bytes(32);
        for (var number = 1UL; number <= 20; number++)
        {
            Add(Of(greedy, number, length: 190_000));
        }

        Add(SiteBox.Request(new(7), length: 1_000));

        var inputs = BatchBuilder.Build(_pool).Inputs;
        Assert.Equal([false, true], inputs.Select(pooled => IsOfAnother(pooled, greedy)));
    }

    /// <summary>Registers of a link are wanted before its stream, and there is always a newer one.</summary>
    [Fact]
    public void Short_inputs_of_a_link_do_not_keep_out_its_long_one()
    {
        Add(Retry(0, 300));
        Add(Retry(1, Limits.SiteMessageBytes - 1_000));

        Assert.Equal([0UL, 1UL], BatchBuilder.Build(_pool).Inputs.Select(pooled => pooled.Rank));
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

    /// <summary>Who queues much waits for its own, and backups give a primary no more time with anybody else's.</summary>
    [Fact]
    public void What_one_client_has_queued_is_no_excuse_for_leaving_out_another()
    {
        var greedy = new Dice(1).Bytes(32);
        for (var number = 1UL; number <= 100; number++)
        {
            Add(Of(greedy, number, length: 190_000));
        }

        _pool.TryAdd(Of(greedy, 101, length: 190_000), new(0), TimeSpan.FromMilliseconds(50), out var own);
        _pool.TryAdd(SiteBox.Request(new(7)), new(0), TimeSpan.FromMilliseconds(50), out var other);

        Assert.InRange(own!.BatchesAhead, 100, 400);
        Assert.InRange(other!.BatchesAhead, 1, 13);
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

    private static AttestationRetry Retry(ulong sequence, int length = 64) =>
        new(0, new(sequence), 0, [], new Bytes(new byte[length]));

    private static ClientRequest Of(Bytes client, ulong number, int length = 1) =>
        SiteBox.Request(new(number), length) with { Client = client, FirstNumber = number };

    private Rejection Add(SiteInput input) => _pool.TryAdd(input, new(0), TimeSpan.FromMilliseconds(50), out _);
}
