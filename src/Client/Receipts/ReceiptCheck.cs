using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Whether a receipt proves what it says: the reply is a leaf of the tree whose root the site has
/// signed.</summary>
internal static class ReceiptCheck
{
    /// <summary><see cref="Rejection.None"/> for a good one.</summary>
    public static Rejection Refusal(Receipt receipt, Digest cluster, Bytes siteKey, IVerifier verifier)
    {
        var statement = receipt.Statement;
        if (statement.Leaves > Limits.LeavesPerBatch || receipt.Index >= statement.Leaves)
        {
            return Rejection.BadProof;
        }

        var isLeaf = MerkleTree.Verify(
            receipt.Reply.Leaf().Span, (int)receipt.Index, (int)statement.Leaves, receipt.Path, statement.Root);
        if (!isLeaf)
        {
            return Rejection.BadProof;
        }

        return verifier.Verify(siteKey.Span, statement.SigningBytes(cluster).Span, receipt.Signature.Span)
            ? Rejection.None
            : Rejection.BadSignature;
    }

    /// <summary>The same under the key that the genesis gives to the site of the statement.</summary>
    public static Rejection Refusal(Receipt receipt, Genesis genesis, IVerifier verifier) =>
        receipt.Statement.Site.Index >= genesis.Sites.Count
            ? Rejection.WrongSite
            : Refusal(receipt, genesis.Cluster, genesis[receipt.Statement.Site].PublicKey, verifier);
}
