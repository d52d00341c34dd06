namespace Holdfast.Protocol.Messages;

/// <summary>What a request asks for: to change the state, or to be answered at a level of consistency.</summary>
public enum RequestLevel : byte
{
    Update = 1,
    Ordered = 2,
    Global = 3,
}

public enum OperationKind : byte
{
    OpenSession = 1,
    CloseSession = 2,

    /// <summary>Bytes for the application: an update at level Update, a query at the other levels.</summary>
    Application = 3,

    /// <summary>Signed by an operator: changes who may do what.</summary>
    Administration = 4,
}

/// <summary>One operation of a request.</summary>
public sealed record Operation(OperationKind Kind, Bytes Body)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Kind);
        writer.Bytes(Body);
    }

    public static Operation Read(ref WireReader reader)
    {
        var kind = (OperationKind)reader.Byte();
        if (kind is < OperationKind.OpenSession or > OperationKind.Administration)
        {
            reader.Fail();
        }

        return new(kind, reader.Bytes(Limits.OperationBytes));
    }

    /// <summary>What is remembered of an executed number: this operation under (cluster, client, session, number), not
    /// of the request that it came in.</summary>
    public Digest Digest(Digest cluster, Bytes client, GlobalPosition session, ulong number)
    {
        var writer = new WireWriter();
        writer.Text("holdfast operation 1");
        writer.Digest(cluster);
        writer.Fixed(client.Span);
        writer.Position(session);
        writer.UInt64(number);
        Write(writer);
        return Protocol.Digest.Of(writer);
    }
}

/// <summary>Operations with consecutive numbers of one session under one client signature.</summary>
/// <param name="Client">The client's Ed25519 public key: its name.</param>
/// <param name="Session">Where the session was opened; all zero for a request that opens one.</param>
/// <param name="FirstNumber">Number of the first operation. Updates and queries count separately.</param>
/// <param name="DoneUpTo">The client needs no reply any more for update numbers up to this one.</param>
/// <param name="ReceiptWanted">Replies become leaves of the site's signed statement.</param>
/// <param name="NotAfter">The GlobalTime after which an update must not run; <see cref="Timestamp.Never"/> for
/// none.</param>
public sealed record ClientRequest(
    Bytes Client,
    GlobalPosition Session,
    ulong FirstNumber,
    ulong DoneUpTo,
    RequestLevel Level,
    bool ReceiptWanted,
    Timestamp NotAfter,
    GlobalSequence Floor,
    ValueList<Operation> Operations,
    Bytes Signature) : SiteInput
{
    public override SiteInputKind Kind => SiteInputKind.ClientRequest;

    public ulong LastNumber => FirstNumber + (ulong)Operations.Count - 1;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteSigned(writer);
        writer.Fixed(Signature.Span);
    }

    /// <summary>The bytes under the client's signature.</summary>
    public Bytes SigningBytes(Digest cluster)
    {
        var writer = new WireWriter();
        writer.Text("holdfast request 1");
        writer.Digest(cluster);
        WriteSigned(writer);
        return writer.ToBytes();
    }

    /// <summary>Names the request in replies; two signatures over the same request have one name.</summary>
    public Digest RequestDigest(Digest cluster) => Protocol.Digest.Of(SigningBytes(cluster).Span);

    public static ClientRequest? Read(ref WireReader reader)
    {
        var client = reader.Fixed(Limits.PublicKeyBytes);
        var session = reader.Position();
        var first = reader.UInt64();
        var doneUpTo = reader.UInt64();
        var level = (RequestLevel)reader.Byte();
        var receipt = reader.Boolean();
        var notAfter = reader.Time();
        var floor = reader.GlobalSequence();
        var operations = new Operation[reader.Count(Limits.OperationsPerRequest)];
        for (var index = 0; index < operations.Length; index++)
        {
            operations[index] = Operation.Read(ref reader);
        }

        var signature = reader.Fixed(Limits.SignatureBytes);
        var request = new ClientRequest(
            client, session, first, doneUpTo, level, receipt, notAfter, floor, new(operations), signature);
        return reader.Finished && request.IsSound() ? request : null;
    }

    public bool Equals(ClientRequest? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => Signature.GetHashCode();

    private bool IsSound() =>
        Operations.Count > 0
        && FirstNumber > 0
        && FirstNumber <= ulong.MaxValue - Limits.OperationsPerRequest
        && DoneUpTo < FirstNumber
        && Level is >= RequestLevel.Update and <= RequestLevel.Global
        && (Level == RequestLevel.Update || AreQueries());

    /// <summary>More of them could have a reply that no frame takes.</summary>
    private bool AreQueries() =>
        Operations.Count <= Limits.QueriesPerRequest
        && Operations.All(operation => operation.Kind == OperationKind.Application);

    private void WriteSigned(WireWriter writer)
    {
        writer.Fixed(Client.Span);
        writer.Position(Session);
        writer.UInt64(FirstNumber);
        writer.UInt64(DoneUpTo);
        writer.Byte((byte)Level);
        writer.Boolean(ReceiptWanted);
        writer.Time(NotAfter);
        writer.Sequence(Floor);
        writer.Count(Operations.Count);
        foreach (var operation in Operations)
        {
            operation.Write(writer);
        }
    }
}
