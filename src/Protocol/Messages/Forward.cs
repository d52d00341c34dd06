namespace Holdfast.Protocol.Messages;

/// <summary>An own client's update on its way to the leading site.</summary>
/// <param name="Number">Counts, from 1, what the sender has forwarded in this view. Said again after a cut, an update
/// keeps its number, so that the leading site's credits never count it twice.</param>
public sealed record ForwardedUpdate(ulong Number, ClientRequest Update);

/// <summary>A site hands its clients' updates to the leading site of the view that it has installed.</summary>
public sealed record Forward(GlobalView View, ValueList<ForwardedUpdate> Updates) : StreamBody
{
    public override StreamBodyKind Kind => StreamBodyKind.Forward;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Count(Updates.Count);
        foreach (var forwarded in Updates)
        {
            writer.UInt64(forwarded.Number);
            writer.Bytes(forwarded.Update.Encoded);
        }
    }

    public static Forward? Read(ref WireReader reader)
    {
        var view = reader.GlobalView();
        var updates = new List<ForwardedUpdate>();
        for (var left = reader.Count(Limits.UpdatesPerEntry); left > 0; left--)
        {
            var number = reader.UInt64();
            if (FilledEntry.ReadUpdate(ref reader) is { } update)
            {
                updates.Add(new(number, update));
            }
        }

        return reader.Finished ? new(view, ValueList.From(updates)) : null;
    }
}
