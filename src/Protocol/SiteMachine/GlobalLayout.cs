namespace Holdfast.Protocol;

/// <summary>Who owns which keys of the global part of the state. No prefix is the beginning of another.</summary>
internal static class GlobalLayout
{
    public static readonly Bytes Application = new("a"u8.ToArray());
    public static readonly Bytes Clients = new("c"u8.ToArray());
    public static readonly Bytes Header = new("h"u8.ToArray());
    public static readonly Bytes IdleSessions = new("i"u8.ToArray());
    public static readonly Bytes Lives = new("l"u8.ToArray());
    public static readonly Bytes Openings = new("o"u8.ToArray());
    public static readonly Bytes Results = new("r"u8.ToArray());
    public static readonly Bytes Sessions = new("s"u8.ToArray());
}

/// <summary>How far the global part is, and whose it is.</summary>
/// <param name="MachineVersion">The <see cref="SiteMachine.Version"/> that made it.</param>
/// <param name="Executed">The last executed entry.</param>
/// <param name="GlobalTime">The latest GlobalTime of an executed entry.</param>
internal sealed record GlobalHeader(
    Digest Cluster,
    string Application,
    uint ApplicationVersion,
    uint MachineVersion,
    GlobalSequence Executed,
    Timestamp GlobalTime)
{
    public static GlobalHeader? Load(MapSnapshot map)
    {
        if (!map.TryGet(GlobalLayout.Header, out var bytes))
        {
            return null;
        }

        var reader = new WireReader(bytes.Span);
        var header = new GlobalHeader(
            reader.Digest(),
            reader.Text(IStateMachine.NameLengthMax),
            reader.UInt32(),
            reader.UInt32(),
            reader.GlobalSequence(),
            reader.Time());
        return reader.Finished ? header : null;
    }

    public void Save(AuthenticatedMap map)
    {
        var writer = new WireWriter();
        writer.Digest(Cluster);
        writer.Text(Application);
        writer.UInt32(ApplicationVersion);
        writer.UInt32(MachineVersion);
        writer.Sequence(Executed);
        writer.Time(GlobalTime);
        map.Set(GlobalLayout.Header, writer.ToBytes());
    }
}
