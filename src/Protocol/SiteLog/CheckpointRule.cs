namespace Holdfast.Protocol;

/// <summary>Where checkpoints are: after 128 batches and 1 s of agreed time, at the latest after 256. A part of the
/// machine's state, so that all replicas place them alike.</summary>
/// <param name="Last">The place of the last checkpoint.</param>
/// <param name="LastTime">The agreed time there.</param>
public readonly record struct CheckpointRule(SiteSequence Last, Timestamp LastTime)
{
    private static readonly TimeSpan TimeAtLeast = TimeSpan.FromSeconds(1);

    /// <summary>Whether the batch at this place and time, once executed, is followed by a checkpoint.</summary>
    public bool IsDue(SiteSequence sequence, Timestamp time)
    {
        var batches = sequence.Number - Last.Number;
        return batches >= Limits.CheckpointEveryAtMost
            || (batches >= Limits.CheckpointEveryAtLeast && time - LastTime >= TimeAtLeast);
    }
}
