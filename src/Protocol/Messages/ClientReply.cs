namespace Holdfast.Protocol.Messages;

/// <summary>What became of one operation.</summary>
public enum Outcome : byte
{
    /// <summary>Executed, exactly once; the result is the application's.</summary>
    Committed = 1,

    /// <summary>Not executed, and never will be under this number.</summary>
    Rejected = 2,

    /// <summary>It may have been executed before; the system no longer knows.</summary>
    Unknown = 3,

    /// <summary>Not taken in: try again under the same number, at another site too.</summary>
    NotTaken = 4,

    /// <summary>A query was answered.</summary>
    Answered = 5,

    /// <summary>An ordered query's floor was not reached in time.</summary>
    Behind = 6,
}

/// <summary>Why an operation was rejected or not taken.</summary>
public enum RefusedBecause : byte
{
    None = 0,
    NumberReused = 1,
    TooLate = 2,
    NotPermitted = 3,
    ApplicationFailed = 4,
    MalformedOperation = 5,
    AboveWindow = 6,
    UnknownClient = 7,
    Overloaded = 8,
    NoSession = 9,
    BelowFloor = 10,
    CutOff = 11,
    ResultTooLarge = 12,

    /// <summary>A query was answered, and the answer is not kept any more: ask anew.</summary>
    Forgotten = 13,
}

/// <summary>What became of one operation of a request.</summary>
/// <param name="Position">Where it was executed; for a query, the state that it saw.</param>
/// <param name="ChangedAt">For a query, the last global sequence that changed anything it looked at.</param>
public sealed record OperationResult(
    ulong Number,
    Outcome Outcome,
    RefusedBecause Because,
    GlobalPosition Position,
    GlobalSequence ChangedAt,
    Bytes Result)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt64(Number);
        writer.Byte((byte)Outcome);
        writer.Byte((byte)Because);
        writer.Position(Position);
        writer.Sequence(ChangedAt);
        writer.Bytes(Result);
    }

    public static OperationResult Read(ref WireReader reader)
    {
        var number = reader.UInt64();
        var outcome = (Outcome)reader.Byte();
        var because = (RefusedBecause)reader.Byte();
        if (outcome is < Outcome.Committed or > Outcome.Behind || because > RefusedBecause.Forgotten)
        {
            reader.Fail();
        }

        var (position, changedAt) = (reader.Position(), reader.GlobalSequence());
        return new(number, outcome, because, position, changedAt, reader.Bytes(Limits.ResultBytes));
    }
}

/// <summary>A site's answer to one request, as one replica gives it. f + 1 alike, or one with a receipt, are
/// proof.</summary>
/// <param name="Request">Digest of the request that it answers: a reply cannot answer another question.</param>
public sealed record ClientReply(
    Bytes Client,
    GlobalPosition Session,
    Digest Request,
    RequestLevel Level,
    ValueList<OperationResult> Results)
{
    /// <summary>Length of all results together.</summary>
    public int ResultBytes => Results.Sum(result => result.Result.Length);

    /// <summary>The same refusal for every operation of a request.</summary>
    /// <param name="digest">The request's, which its replies name.</param>
    public static ClientReply Refuse(ClientRequest request, Digest digest, Outcome outcome, RefusedBecause because)
    {
        ArgumentNullException.ThrowIfNull(request);
        var results = request.Operations.Select((_, index) => new OperationResult(
            request.FirstNumber + (ulong)index, outcome, because, default, default, Bytes.Empty));
        return new(request.Client, request.Session, digest, request.Level, ValueList.From(results));
    }

    public Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Fixed(Client.Span);
        writer.Position(Session);
        writer.Digest(Request);
        writer.Byte((byte)Level);
        writer.Count(Results.Count);
        foreach (var result in Results)
        {
            result.Write(writer);
        }

        return writer.ToBytes();
    }

    public static ClientReply? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var (client, session) = (reader.Fixed(Limits.PublicKeyBytes), reader.Position());
        var (request, level) = (reader.Digest(), (RequestLevel)reader.Byte());
        var results = new OperationResult[reader.Count(Limits.OperationsPerRequest)];
        for (var index = 0; index < results.Length; index++)
        {
            results[index] = OperationResult.Read(ref reader);
        }

        var sound = level is >= RequestLevel.Update and <= RequestLevel.Global;
        return reader.Finished && sound ? new(client, session, request, level, new(results)) : null;
    }

    /// <summary>Null if the leaf is of another kind.</summary>
    public static ClientReply? FromLeaf(Bytes leaf) =>
        leaf.Span[0] == (byte)LeafKind.Reply ? Decode(leaf.Span[1..]) : null;

    /// <summary>The leaf that a receipt proves.</summary>
    public Bytes Leaf()
    {
        var writer = new WireWriter();
        writer.Byte((byte)LeafKind.Reply);
        writer.Fixed(Encode().Span);
        return writer.ToBytes();
    }
}

/// <summary>A reply that anyone can check offline with the site's public key: the leaf, its path, the signed
/// statement.</summary>
public sealed record Receipt(
    ClientReply Reply, SiteStatement Statement, Bytes Signature, uint Index, ValueList<Digest> Path);
