namespace Holdfast.Protocol.Messages;

/// <summary>A replica that starts says which process it is, and asks its peers what they know of its own words. They
/// write it down before they answer: so a later process whose disk does not know of this one is told of it.</summary>
/// <param name="Life">How often this replica has come back from a lost disk, as far as its disk knows.</param>
/// <param name="Start">Counts the starts from this disk.</param>
/// <param name="Run">A random name of the process; its disk keeps the names of those before it.</param>
public sealed record Inquiry(uint Life, ulong Start, Digest Run) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.Inquiry;

    public override string SignedAs => "holdfast inquiry 1";

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(Life);
        writer.UInt64(Start);
        writer.Digest(Run);
    }

    public static Inquiry? Read(ref WireReader reader)
    {
        var word = new Inquiry(reader.UInt32(), reader.UInt64(), reader.Digest());
        return reader.Finished ? word : null;
    }
}
