using System.Security.Cryptography;
using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>A receipt proves itself to anyone who has the site's public key, and what it proves is so: the operation
/// stands in the one order at the position that it names. Climbs the tree by RFC 6962 in its own way.</summary>
public sealed class TrueReceipts(Digest cluster, IVerifier verifier)
{
    private readonly List<(string Name, GlobalPosition Position, Bytes Operation)> _proven = [];

    public int Count { get; private set; }

    /// <summary>A client was given this as proof of one of its operations' result.</summary>
    /// <param name="operation">The update that was executed; null for a query.</param>
    public void Shown(string name, Receipt receipt, Bytes siteKey, Bytes? operation, OperationResult result)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        Count++;
        if (!receipt.Reply.Results.Contains(result))
        {
            throw new CheckFailedException(nameof(TrueReceipts), $"{name}: the receipt says nothing of {result}");
        }

        var statement = receipt.Statement;
        if (Climb(receipt) != statement.Root)
        {
            throw new CheckFailedException(nameof(TrueReceipts), $"{name}: the reply is not a leaf of what was signed");
        }

        if (!verifier.Verify(siteKey.Span, statement.SigningBytes(cluster).Span, receipt.Signature.Span))
        {
            throw new CheckFailedException(nameof(TrueReceipts), $"{name}: the site did not sign the receipt");
        }

        if (operation is { } executed && result.Outcome == Outcome.Committed)
        {
            _proven.Add((name, result.Position, executed));
        }
    }

    public void Conclude(OneGlobalOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        foreach (var (name, position, operation) in _proven)
        {
            if (order.At(position) != operation)
            {
                throw new CheckFailedException(
                    nameof(TrueReceipts),
                    $"{name}: the receipt says {operation} at {position}, there stands {order.At(position)}");
            }
        }
    }

    /// <summary>The root that this leaf and path lead to: of a tree of n leaves, the first half holds the greatest
    /// power of two below n (RFC 6962, section 2.1).</summary>
    private static Digest Climb(Receipt receipt)
    {
        var (leaf, path) = (receipt.Reply.Leaf(), receipt.Path);
        return Root((int)receipt.Index, (int)receipt.Statement.Leaves, path.Count);

        Digest Root(int index, int leaves, int pathLeft)
        {
            if (leaves <= 1)
            {
                return pathLeft == 0 ? Hash(0, leaf.Span, []) : default;
            }

            if (pathLeft == 0)
            {
                return default;
            }

            var half = 1 << System.Numerics.BitOperations.Log2((uint)(leaves - 1));
            var neighbour = path[pathLeft - 1].ToBytes();
            return index < half
                ? Hash(1, Root(index, half, pathLeft - 1).ToBytes().Span, neighbour.Span)
                : Hash(1, neighbour.Span, Root(index - half, leaves - half, pathLeft - 1).ToBytes().Span);
        }
    }

    private static Digest Hash(byte tag, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        new(SHA256.HashData([tag, .. left, .. right]));
}
