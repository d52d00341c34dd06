using System.Globalization;
using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Whatever bytes come in, a decoder gives one whole message or none, never throws, and takes no more memory
/// than the bytes are worth; and those bytes are the only encoding of what it gives.</summary>
public sealed class HostileFramesTests
{
    private const long MemoryOfAny = 4096;
    private const long MemoryPerByte = 256;

    private static readonly Bytes Signature = new(new byte[Limits.SignatureBytes]);
    private static readonly ThresholdShare Share =
        new(new(1, new(5), 0, 0, 2), Digest.Of([1]), Digest.Of([2]), Digest.Of([3]));

    private static readonly StreamLeaf Leaf = new(new(0), 1, 1, 1, Digest.Of([4]));

    private static readonly SiteWord[] Words =
    [
        .. SiteWordTests.Kinds.Select(row => SiteWordTests.Vector(row.Data).Word),
        Share,
        new SiteSignature(1, new(42), Signature),
        new SignatureWanted(1, new(42)),
    ];

    private static readonly SiteInput[] Inputs =
    [
        ClientFrameTests.Asked,
        SiteWordTests.Retry,
        new BadShare(Share, Signature),
        SiteWordTests.Returns,
        SiteWordTests.Install,
        new NonceCommitments(1, 2, 3, 4, new(new NoncePoints[Limits.CommitmentsPerRow]), Signature),
        new SiteMessage(
            new(0),
            new(new(1), 1, 1, new(4), 1, Digest.Of([3])),
            Signature,
            [new(0, Leaf.Leaf(), [Digest.Of([5])], Bytes.FromText("a body"))]),
    ];

    private static readonly Dictionary<string, (IEnumerable<Bytes>, Func<Bytes, Bytes?>)> Decoders = new()
    {
        ["words"] = (Words.Select(Tagged), RecodeWord),
        ["inputs"] = (Inputs.Select(input => input.Encoded), RecodeInput),
        ["batches"] = (
            [new Batch(new(9), new(Inputs)).Encoded, new Batch(new(9), []).Encoded],
            bytes => Batch.Decode(bytes.Span)?.Encoded),
        ["stream bodies"] = (
            StreamBodyTests.Bodies.Select(body => body.Encode()), bytes => StreamBodies.Decode(bytes)?.Encode()),
        ["client frames"] = (
            ClientFrameTests.Golden.Select(golden => golden.Frame.Encode()),
            bytes => ClientFrames.Decode(bytes.Span)?.Encode()),
        ["operations of the key-value store"] = (
            [
                new KeyValueOperation.Put(Bytes.FromText("key"), Bytes.FromText("value"), true).Encode(),
                new KeyValueOperation.Transaction(
                    [],
                    [new KeyValueOperation.Delete(KeyRange.All, false)],
                    [new KeyValueOperation.Range(RangeRequest.Get(Bytes.FromText("key")))]).Encode(),
                new KeyValueOperation.Compact(3).Encode(),
            ],
            bytes => KeyValueOperation.Decode(bytes)?.Encode()),
    };

    public static TheoryData<string> Names => [.. Decoders.Keys];

    private static int Cases => Setting("HOLDFAST_FUZZ_CASES", 200_000);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_decoder_gives_what_was_encoded_or_nothing(string decoder)
    {
        var (golden, recoded) = Decoders[decoder];
        Bytes[] corpus = [.. golden];
        Assert.All(corpus, bytes => Assert.Equal(bytes, recoded(bytes)));

        var hostile = new HostileFrames(corpus, new Dice((ulong)Setting("HOLDFAST_FUZZ_SEED", 1)));
        var read = 0;
        for (var number = 0; number < Cases; number++)
        {
            var bytes = new Bytes(hostile.Next());
            var before = GC.GetAllocatedBytesForCurrentThread();
            var again = recoded(bytes);
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken <= Most(bytes), $"case {number}: {bytes.ToHex()} takes {taken} bytes of memory");
            if (again is not null)
            {
                read++;
                Assert.True(again == bytes, $"case {number}: {bytes.ToHex()} is read, but written {again?.ToHex()}");
            }
        }

        // Frames of which none is read would try nothing behind the first check.
        Assert.True(read > Cases / 200, $"only {read} of {Cases} were read");
    }

    /// <summary>What reading and writing again may take: a count that promises more than the frame holds is not
    /// believed.</summary>
    private static long Most(Bytes frame) => MemoryOfAny + (MemoryPerByte * frame.Length);

    private static Bytes Tagged(SiteWord word) => new([(byte)word.Kind, .. SiteWords.Encode(word).Span]);

    private static Bytes? RecodeWord(Bytes bytes) =>
        !bytes.IsEmpty && SiteWords.Decode((SiteWordKind)bytes.Span[0], bytes.Span[1..]) is { } word
            ? Tagged(word)
            : null;

    /// <summary>An input that was read keeps its bytes, so its fields are written anew.</summary>
    private static Bytes? RecodeInput(Bytes bytes)
    {
        if (SiteInput.Decode(bytes.Span) is not { } input)
        {
            return null;
        }

        var writer = new WireWriter();
        writer.Byte((byte)input.Kind);
        input.Write(writer);
        return writer.ToBytes();
    }

    /// <summary>What a longer run sets.</summary>
    internal static int Setting(string name, int usual) => Environment.GetEnvironmentVariable(name) is { } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : usual;
}
