namespace Holdfast.Protocol;

/// <summary>Which order a state is a place of.</summary>
public enum StateScope : byte
{
    /// <summary>A site's: the machine's whole state at a checkpoint, for replicas of that site.</summary>
    Site = 0,

    /// <summary>The one among sites: the Global part, for other sites.</summary>
    Global = 1,
}

/// <summary>Where a state stands that is served and fetched.</summary>
public readonly record struct StatePlace(StateScope Scope, ulong Number)
{
    public static StatePlace Of(SiteSequence sequence) => new(StateScope.Site, sequence.Number);

    public static StatePlace Of(GlobalSequence sequence) => new(StateScope.Global, sequence.Number);

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Scope);
        writer.UInt64(Number);
    }

    /// <summary>Fails the reader for an unknown scope.</summary>
    public static StatePlace Read(ref WireReader reader)
    {
        var place = new StatePlace((StateScope)reader.Byte(), reader.UInt64());
        if (place.Scope > StateScope.Global)
        {
            reader.Fail();
        }

        return place;
    }

    public override string ToString() =>
        Scope == StateScope.Site ? new SiteSequence(Number).ToString() : new GlobalSequence(Number).ToString();
}
