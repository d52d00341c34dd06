using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What the tests of the global ordering share: a small system, and updates to order.</summary>
internal static class OrderingStage
{
    public static Genesis Genesis(int sites) => new(
        Filled(1, Protocol.Genesis.RandomBytes),
        ValueList.From(Enumerable.Range(0, sites).Select(site => new GenesisSite(
            new SiteSize(0), Filled((byte)site, 32), [Filled((byte)site, 32)], [Filled((byte)site, 32)]))),
        ValueList.From(Enumerable.Range(0, sites).Select(site => new SiteId(site))),
        [new(Filled(7, Limits.PublicKeyBytes), Roles.Writer | Roles.Operator)],
        "test",
        1);

    public static ClientRequest Update(ulong number, int length = 8) => new(
        Filled(7, Limits.PublicKeyBytes),
        default,
        number,
        0,
        RequestLevel.Update,
        ReceiptWanted: false,
        Timestamp.Never,
        default,
        [new Operation(OperationKind.Application, Filled((byte)number, length))],
        Filled(0, Limits.SignatureBytes));

    public static Timestamp At(long milliseconds) => new(milliseconds * 1000);

    public static GlobalSequence G(ulong number) => new(number);

    public static GlobalView V(ulong number) => new(number);

    public static SiteId Site(int index) => new(index);

    private static Bytes Filled(byte value, int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, value);
        return new(bytes);
    }
}
