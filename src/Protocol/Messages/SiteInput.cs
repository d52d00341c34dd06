namespace Holdfast.Protocol.Messages;

/// <summary>The kinds of input that a site orders. A retired number is never given out again.</summary>
public enum SiteInputKind : byte
{
    ClientRequest = 1,
    SiteMessage = 2,
    NonceCommitments = 3,
    AttestationRetry = 4,
    BadShare = 5,
    ReplicaReturns = 6,
    InstallGlobalState = 7,
}

/// <summary>Something that reaches a site from outside and takes its place in the site's order. It carries its own
/// proof, so a primary cannot invent one.</summary>
public abstract record SiteInput
{
    private Bytes? _encoded;
    private Digest? _digest;

    protected SiteInput()
    {
    }

    /// <summary>A copy with other fields has other bytes: the caches stay behind.</summary>
    protected SiteInput(SiteInput original)
    {
        _ = original;
    }

    public abstract SiteInputKind Kind { get; }

    /// <summary>Kind, body and proof: the bytes that a batch carries.</summary>
    public Bytes Encoded => _encoded ??= Encode();

    /// <summary>Names the input, proof included.</summary>
    public Digest Digest => _digest ??= Digest.Of(Encoded.Span);

    public abstract void Write(WireWriter writer);

    /// <summary>Null if the bytes are not one whole input of a known kind, or a request that is too long for a client to send,
    /// whoever hands it on: nobody could read a state or a log that holds it.</summary>
    public static SiteInput? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Limits.RequestBytes && (SiteInputKind)bytes[0] == SiteInputKind.ClientRequest)
        {
            return null;
        }

        var reader = new WireReader(bytes);
        SiteInput? input = (SiteInputKind)reader.Byte() switch
        {
            SiteInputKind.ClientRequest => ClientRequest.Read(ref reader),
            SiteInputKind.SiteMessage => SiteMessage.Read(ref reader),
            SiteInputKind.NonceCommitments => NonceCommitments.Read(ref reader),
            SiteInputKind.AttestationRetry => AttestationRetry.Read(ref reader),
            SiteInputKind.BadShare => BadShare.Read(ref reader),
            SiteInputKind.ReplicaReturns => ReplicaReturns.Read(ref reader),
            SiteInputKind.InstallGlobalState => InstallGlobalState.Read(ref reader),
            _ => null,
        };
        if (input is not null)
        {
            input._encoded = Bytes.Copy(bytes);
        }

        return input;
    }

    private Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Byte((byte)Kind);
        Write(writer);
        return writer.ToBytes();
    }

    // The caches are not part of the value: two inputs are equal if their kind and fields are.
    public virtual bool Equals(SiteInput? other) => other is not null && other.EqualityContract == EqualityContract;

    public override int GetHashCode() => (int)Kind;
}
