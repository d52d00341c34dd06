namespace Holdfast.Protocol.Messages;

/// <summary>What one place of a site's order holds: the agreed time and inputs. A null batch (no inputs, the previous
/// time) fills a gap that a new view finds.</summary>
public sealed record Batch(Timestamp Time, ValueList<SiteInput> Inputs)
{
    /// <summary>Fills a gap. Its own time is none: at its place the previous time holds.</summary>
    public static readonly Batch Null = new(default, ValueList<SiteInput>.Empty);

    private Bytes? _encoded;
    private Digest? _digest;

    // A copy with other fields has other bytes: the caches stay behind.
    private Batch(Batch original) => (Time, Inputs) = (original.Time, original.Inputs);

    public Bytes Encoded => _encoded ??= Encode();

    public Digest Digest => _digest ??= Digest.Of(Encoded.Span);

    public static Batch? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var time = reader.Time();
        var inputs = new SiteInput[reader.Count(Limits.InputsPerBatch)];
        for (var index = 0; index < inputs.Length; index++)
        {
            var input = SiteInput.Decode(reader.Bytes(Limits.SiteMessageBytes).Span);
            if (input is null)
            {
                return null;
            }

            inputs[index] = input;
        }

        // The encoding is canonical, so these bytes are the ones that Encode would give.
        return reader.Finished ? new Batch(time, new(inputs)) { _encoded = Bytes.Copy(bytes) } : null;
    }

    public bool Equals(Batch? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => Encoded.GetHashCode();

    private Bytes Encode()
    {
        var writer = new WireWriter();
        writer.Time(Time);
        writer.Count(Inputs.Count);
        foreach (var input in Inputs)
        {
            writer.Bytes(input.Encoded);
        }

        return writer.ToBytes();
    }
}
