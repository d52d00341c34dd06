using System.Buffers.Binary;

namespace Holdfast.Protocol;

/// <summary>Which replicas of a site answer a client's request unasked. Client and replicas compute it alike: f + 1
/// send their reply, the others keep it until they are asked, so an answer costs as many messages as it
/// needs.</summary>
public static class Repliers
{
    /// <summary>Whether this replica is one of the f + 1 that answer at once. The turn moves on by one with each
    /// number, so that the load of one client goes round.</summary>
    /// <param name="client">The client's public key, 32 bytes.</param>
    /// <param name="firstNumber">Number of the first operation of the request.</param>
    public static bool AnswersAtOnce(Bytes client, ulong firstNumber, int replica, SiteSize size)
    {
        var replicas = (ulong)size.Replicas;
        var start = (BinaryPrimitives.ReadUInt64BigEndian(client.Span) % replicas) + (firstNumber % replicas);
        var place = ((ulong)replica + (2 * replicas) - start) % replicas;
        return place < (ulong)size.OneCorrect;
    }
}
