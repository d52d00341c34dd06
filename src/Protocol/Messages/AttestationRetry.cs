namespace Holdfast.Protocol.Messages;

/// <summary>A replica's word that it has not seen the site's signature for a batch in time, and who kept
/// silent.</summary>
/// <param name="Attempt">The attempt that failed to give a signature.</param>
/// <param name="Silent">Members whose share this replica has not seen, ascending.</param>
public sealed record AttestationRetry(
    int Replica, SiteSequence Sequence, uint Attempt, ValueList<byte> Silent, Bytes Signature) : SiteInput
{
    public const string SignedAs = "holdfast attestation retry 1";

    public override SiteInputKind Kind => SiteInputKind.AttestationRetry;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteSigned(writer);
        writer.Fixed(Signature.Span);
    }

    public void WriteSigned(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Replica);
        writer.Sequence(Sequence);
        writer.UInt32(Attempt);
        writer.Count(Silent.Count);
        writer.Fixed(Silent.Span);
    }

    public static AttestationRetry? Read(ref WireReader reader)
    {
        var (replica, sequence, attempt) = (reader.Byte(), reader.SiteSequence(), reader.UInt32());
        var silent = reader.Bytes(Limits.ReplicasPerSite);
        var signature = reader.Fixed(Limits.SignatureBytes);
        return reader.Finished && IsAscending(silent.Span)
            ? new(replica, sequence, attempt, new(silent.ToArray()), signature)
            : null;
    }

    // One way to say one thing.
    private static bool IsAscending(ReadOnlySpan<byte> members)
    {
        for (var index = 1; index < members.Length; index++)
        {
            if (members[index] <= members[index - 1])
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(AttestationRetry? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => Signature.GetHashCode();
}
