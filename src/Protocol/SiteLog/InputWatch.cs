using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Watches what this replica holds: what its machine would consume now and what nobody orders is handed to all
/// at half the bound, and is a cause to complain at the bound. The machine's deadline is such an input, too.</summary>
internal sealed class InputWatch(SiteLogState state, InputPool pool, Instant now)
{
    // What is left over when so much was handed on as is at once.
    private static readonly TimeSpan NextHandingOn = TimeSpan.FromMilliseconds(5);

    private Instant _since = now;

    /// <summary>Holds an input; the primary is told of what nobody else may know of.</summary>
    public void Take(Instant now, SiteInput input, bool fromPeer, TimeSpan bound, Effects effects)
    {
        var refusal = pool.TryAdd(input, now, bound / 2, out var added);
        if (refusal != Rejection.None)
        {
            effects.Reject($"{input.Kind}", refusal);
        }
        else if (!fromPeer && !state.IsPrimary)
        {
            added!.ToldAt = now;
            effects.Send(state.Primary, new HandOn(input));
        }
    }

    /// <summary>Whether something waits for too long in the current view.</summary>
    public bool HasOverdue(Instant now, TimeSpan bound, Effects effects)
    {
        var handedOn = 0;
        while (pool.TryTakeDue(now, out var due))
        {
            Look(due!, now, bound, ref handedOn, effects);
        }

        pool.JudgeOverdue();
        return pool.Overdue > 0 || now >= DeadlineOverdueAt(now, bound);
    }

    /// <summary>When the machine's deadline, passed without a batch, becomes a cause to complain.</summary>
    public Instant DeadlineOverdueAt(Instant now, TimeSpan bound)
    {
        var passedAt = PassesAt(now, state.Machine.NextDeadline);
        return passedAt == Instant.Never ? passedAt : (passedAt > _since ? passedAt : _since) + bound;
    }

    /// <summary>The moment at which the reference clock shows a time.</summary>
    public Instant PassesAt(Instant now, Timestamp time)
    {
        var clock = state.Clock.At(now);
        return time == Timestamp.Never
            ? Instant.Never
            : new(now.Microseconds + (time.Microseconds - clock.Microseconds));
    }

    /// <summary>A new view, or a sleep: patience starts anew.</summary>
    public void Restart(Instant now, TimeSpan bound)
    {
        _since = now;
        pool.Restart(now, bound / 2);
    }

    public void HandToNewPrimary(Instant now, Effects effects)
    {
        if (!state.IsPrimary)
        {
            foreach (var pooled in pool.All.OrderBy(pooled => pooled.Arrival).Take(Limits.HandedOnAtOnce))
            {
                pooled.ToldAt = now;
                effects.Send(state.Primary, new HandOn(pooled.Input));
            }
        }
    }

    private void Look(PooledInput pooled, Instant now, TimeSpan bound, ref int handedOn, Effects effects)
    {
        switch (state.Machine.Judge(pooled.Input))
        {
            case InputStanding.Obsolete:
                pool.DropIfObsolete(pooled);
                return;
            case InputStanding.Early:
                pooled.WatchedSince = null;
                pool.SetOverdue(pooled, isOverdue: false);
                pool.Look(pooled, now + (bound / 2));
                return;
        }

        // What rides opens a batch only after a delay, so it may wait so much longer.
        var since = (pooled.WatchedSince ??= now) + pool.RidesFor(pooled);
        var dueAt = since + (bound * pooled.BatchesAhead);
        if (now < dueAt + (bound / 2))
        {
            pool.Look(pooled, dueAt + (bound / 2));
            return;
        }

        if (!pooled.IsHandedToAll && handedOn == Limits.HandedOnAtOnce)
        {
            pool.Look(pooled, now + NextHandingOn);
            return;
        }

        var toldAt = pooled.ToldAt ??= now;
        var overdueAt = Instant.Later(dueAt + bound, toldAt + (bound / 2));
        var isOverdue = now >= overdueAt;
        if (handedOn < Limits.HandedOnAtOnce && (!pooled.IsHandedToAll || isOverdue))
        {
            // Again and again once it is overdue: who was down when it was handed on neither orders it nor complains, and then no
            // quorum does.
            handedOn++;
            pooled.IsHandedToAll = true;
            HandToAll(pooled.Input, effects);
        }

        pool.SetOverdue(pooled, isOverdue);
        pool.Look(pooled, isOverdue ? now + bound : overdueAt);
    }

    private void HandToAll(SiteInput input, Effects effects)
    {
        for (var replica = 0; replica < state.Size.Replicas; replica++)
        {
            if (replica != state.Self)
            {
                effects.Send(replica, new HandOn(input));
            }
        }
    }
}
