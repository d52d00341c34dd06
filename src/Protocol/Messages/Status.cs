namespace Holdfast.Protocol.Messages;

/// <summary>What a replica holds of one undecided place: peers send what is missing and nothing else.</summary>
/// <param name="Prepares">Bit i: the prepare of replica i is here.</param>
/// <param name="Commits">Bit i: the commit of replica i is here.</param>
public readonly record struct SlotTold(bool HasBody, bool HasProposal, ushort Prepares, ushort Commits)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Boolean(HasBody);
        writer.Boolean(HasProposal);
        writer.UInt16(Prepares);
        writer.UInt16(Commits);
    }

    public static SlotTold Read(ref WireReader reader) =>
        new(reader.Boolean(), reader.Boolean(), reader.UInt16(), reader.UInt16());
}

/// <summary>Where a replica stands; the only cause of resending (Castro's thesis, section 4.7.1). Not signed: it
/// concerns the listener alone.</summary>
/// <param name="Life">The speaker's life.</param>
/// <param name="Round">Counts the speaker's statuses: another peer sends a missing body each time.</param>
/// <param name="IsInstalled">False while it waits for the view's NewView.</param>
/// <param name="ViewChanges">Bit i: the view change of replica i for this view is here.</param>
/// <param name="Clock">The speaker's reference clock as it spoke.</param>
/// <param name="Slots">The places after <paramref name="Executed"/>, in order.</param>
public sealed record Status(
    uint Life,
    ulong Round,
    SiteView View,
    bool IsInstalled,
    ushort ViewChanges,
    SiteSequence Executed,
    SiteSequence Stable,
    Timestamp Clock,
    ValueList<SlotTold> Slots) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.Status;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(Life);
        writer.UInt64(Round);
        writer.View(View);
        writer.Boolean(IsInstalled);
        writer.UInt16(ViewChanges);
        writer.Sequence(Executed);
        writer.Sequence(Stable);
        writer.Time(Clock);
        writer.Count(Slots.Count);
        foreach (var slot in Slots)
        {
            slot.Write(writer);
        }
    }

    public static Status? Read(ref WireReader reader)
    {
        var (life, round, view, installed) = (reader.UInt32(), reader.UInt64(), reader.SiteView(), reader.Boolean());
        var (changes, executed, stable) = (reader.UInt16(), reader.SiteSequence(), reader.SiteSequence());
        var clock = reader.Time();
        var slots = new SlotTold[reader.Count(Limits.SlotsPerStatus)];
        for (var index = 0; index < slots.Length; index++)
        {
            slots[index] = SlotTold.Read(ref reader);
        }

        return reader.Finished
            ? new(life, round, view, installed, changes, executed, stable, clock, new(slots))
            : null;
    }
}
