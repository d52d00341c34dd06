namespace Holdfast.Protocol;

/// <summary>The state that a site wants to take over, and since which of its batches. What replicas sign for one wish
/// counts for no other: by the next they may have let the state go.</summary>
public readonly record struct WishedState(ToldState State, SiteSequence Since)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        State.Write(writer);
        writer.Sequence(Since);
    }

    public static WishedState Read(ref WireReader reader) => new(ToldState.Read(ref reader), reader.SiteSequence());
}
