namespace Holdfast.Protocol.Messages;

/// <summary>The log of a view, said by its leading site: everything up to <paramref name="Base"/> is committed, and
/// these entries stand above it. May come in parts; nothing of it counts before all are there.</summary>
/// <param name="Chain">The chain digest at <paramref name="Base"/>.</param>
/// <param name="Above">The entries above the base that this part brings; without bodies.</param>
public sealed record GlobalNewView(
    GlobalView View, GlobalSequence Base, Digest Chain, byte Part, byte Parts, ValueList<Entry> Above) : StreamBody
{
    public override StreamBodyKind Kind => StreamBodyKind.GlobalNewView;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Sequence(Base);
        writer.Digest(Chain);
        writer.Byte(Part);
        writer.Byte(Parts);
        Entry.WriteAll(writer, Above);
    }

    public static GlobalNewView? Read(ref WireReader reader)
    {
        var view = new GlobalNewView(
            reader.GlobalView(),
            reader.GlobalSequence(),
            reader.Digest(),
            reader.Byte(),
            reader.Byte(),
            Entry.ReadAll(ref reader));
        return reader.Finished && view.Part < view.Parts && view.Parts <= Limits.PartsPerWord ? view : null;
    }
}
