namespace Holdfast.Protocol.Messages;

/// <summary>What a site holds when it moves to a view, said to that view's leading site: a promise to accept nothing in
/// views below, and the log that must not be lost. May come in parts.</summary>
/// <param name="SiteLife">The life of the speaking site.</param>
/// <param name="InstalledView">The view whose log the entries belong to.</param>
/// <param name="Chain">The chain digest at <paramref name="Committed"/>.</param>
/// <param name="Above">The entries above <paramref name="Committed"/> that this part brings; without bodies.</param>
public sealed record GlobalViewChange(
    GlobalView View,
    uint SiteLife,
    GlobalView InstalledView,
    GlobalSequence Committed,
    Digest Chain,
    byte Part,
    byte Parts,
    ValueList<Entry> Above) : StreamBody
{
    public override StreamBodyKind Kind => StreamBodyKind.GlobalViewChange;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.UInt32(SiteLife);
        writer.View(InstalledView);
        writer.Sequence(Committed);
        writer.Digest(Chain);
        writer.Byte(Part);
        writer.Byte(Parts);
        Entry.WriteAll(writer, Above);
    }

    public static GlobalViewChange? Read(ref WireReader reader)
    {
        var change = new GlobalViewChange(
            reader.GlobalView(),
            reader.UInt32(),
            reader.GlobalView(),
            reader.GlobalSequence(),
            reader.Digest(),
            reader.Byte(),
            reader.Byte(),
            Entry.ReadAll(ref reader));
        return reader.Finished && change.Part < change.Parts && change.Parts <= Limits.PartsPerWord ? change : null;
    }
}
