namespace Holdfast.Protocol.Messages;

/// <summary>A replica's word that the primary of this view keeps an input waiting too long, or that it does so no
/// longer.
/// Whoever complains keeps working in the view.</summary>
/// <param name="Told">The speaker's clock, and later than all that it told before: of two complaints about one view the
/// later counts. Who is heard with an earlier one is shown its own later word.</param>
/// <param name="Stands">False withdraws it.</param>
public sealed record Complain(SiteView View, Timestamp Told, bool Stands) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.Complain;

    public override string SignedAs => "holdfast complain 1";

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Time(Told);
        writer.Boolean(Stands);
    }

    public static Complain? Read(ref WireReader reader)
    {
        var word = new Complain(reader.SiteView(), reader.Time(), reader.Boolean());
        return reader.Finished ? word : null;
    }
}
