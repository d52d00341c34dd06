using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The bytes of the client port, written out: who changes the format has to type it in.</summary>
public sealed class ClientFrameTests
{
    private const string Sequence7 = "0000000000000007";
    private const string Position = Sequence7 + "00000002";
    private const string Number5 = "0000000000000005";
    private static readonly string Key = string.Concat(Enumerable.Repeat("c1", 32));
    private static readonly string Name = string.Concat(Enumerable.Repeat("d2", 32));
    private static readonly string Signature = string.Concat(Enumerable.Repeat("5e", 64));
    private static readonly Digest Named = new(Bytes.FromHex(Name).Span);

    internal static readonly ClientRequest Asked = new(
        Bytes.FromHex(Key),
        new(new(7), 2),
        FirstNumber: 5,
        DoneUpTo: 3,
        RequestLevel.Update,
        ReceiptWanted: true,
        Timestamp.Never,
        new GlobalSequence(7),
        [new(OperationKind.Application, Bytes.FromHex("abcd"))],
        Bytes.FromHex(Signature));

    private static readonly string AskedHex =
        "01" + Key + Position + Number5 + "0000000000000003" + "01" + "01" + "7fffffffffffffff" + Sequence7
        + "00000001" + "03" + "00000002" + "abcd" + Signature;

    private static readonly ClientReply Answered = new(
        Bytes.FromHex(Key),
        new(new(7), 2),
        Named,
        RequestLevel.Update,
        [new(5, Outcome.Committed, RefusedBecause.None, new(new(7), 2), new(7), Bytes.FromHex("ef"))]);

    private static readonly string AnsweredHex =
        Key + Position + Name + "01" + "00000001" + Number5 + "01" + "00" + Position + Sequence7 + "00000001" + "ef";

    private static readonly Receipt Proven = new(
        Answered, new(new(1), 1, 1, new(9), Leaves: 2, Named), Bytes.FromHex(Signature), Index: 1, [Named]);

    private static readonly string ProvenHex =
        "01" + "00000001" + "00000001" + "0000000000000009" + "00000002" + Name + Signature + "00000001"
        + "00000001" + Name + "00000074" + AnsweredHex;

    internal static readonly (ClientFrame Frame, string Hex)[] Golden =
    [
        (new ClientHello(Bytes.FromHex(Key), Bytes.FromHex(Signature)), "01" + Key + Signature),
        (new Request(Asked), "02" + AskedHex),
        (new LocalQuery(5, Bytes.FromHex("abcd"), new(7)), "03" + Number5 + "00000002" + "abcd" + Sequence7),
        (new ResendReply(Named), "04" + Name),
        (new StatusQuery(), "05"),
        (new HelloAnswer(Named, new(7)), "15" + Name + Sequence7),
        (new Reply(new(7), 1000, Answered), "16" + Sequence7 + "00000000000003e8" + AnsweredHex),
        (new ReceiptAnswer(Proven), "17" + ProvenHex),
        (new LocalAnswer(5, Bytes.FromHex("ef"), new(5), new(7), 1000, Rejection.None),
            "18" + Number5 + "00000001" + "ef" + Number5 + Sequence7 + "00000000000003e8" + "00"),
        (new StatusAnswer([new("role", "primary")]),
            "19" + "00000001" + "00000004" + "726f6c65" + "00000007" + "7072696d617279"),
        (new Refused(Rejection.PoolFull), "1a" + "1e"),
    ];

    [Fact]
    public void Every_kind_of_frame_has_this_encoding()
    {
        foreach (var (frame, hex) in Golden)
        {
            Assert.Equal(hex, frame.Encode().ToHex());
            Assert.Equal(hex, ClientFrames.Decode(Bytes.FromHex(hex).Span)?.Encode().ToHex());
        }

        Assert.Equal(Enum.GetValues<ClientFrameKind>(), Golden.Select(golden => golden.Frame.Kind));
    }

    [Fact]
    public void A_frame_that_is_cut_short_or_has_more_behind_it_is_none()
    {
        foreach (var (_, hex) in Golden)
        {
            var bytes = Bytes.FromHex(hex);
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Null(ClientFrames.Decode(bytes.Span[..length]));
            }

            Assert.Null(ClientFrames.Decode(bytes.Concat([0]).Span));
        }
    }

    [Fact]
    public void Whatever_bits_are_turned_a_frame_has_one_encoding_or_is_none()
    {
        ulong state = 7;
        foreach (var (_, hex) in Golden)
        {
            for (var round = 0; round < 500; round++)
            {
                var bytes = Bytes.FromHex(hex).ToArray();
                state = unchecked((state * 6364136223846793005) + 1442695040888963407);
                bytes[(int)((state >> 33) % (ulong)bytes.Length)] ^= (byte)(1 << (int)((state >> 60) & 7));

                var frame = ClientFrames.Decode(bytes);

                Assert.True(frame is null || frame.Encode() == new Bytes(bytes));
            }
        }
    }

    [Theory]
    [InlineData("00")]
    [InlineData("06")]
    [InlineData("1b")]
    [InlineData("")]
    public void An_unknown_kind_of_frame_is_none(string hex) =>
        Assert.Null(ClientFrames.Decode(Bytes.FromHex(hex).Span));

    [Fact]
    public void A_request_frame_carries_requests_of_clients_only()
    {
        var retry = new AttestationRetry(1, new(1), 0, [], Bytes.FromHex(Signature));

        Assert.Null(ClientFrames.Decode(Bytes.FromHex("02").Concat(retry.Encoded.Span).Span));
    }

    [Fact]
    public void A_refusal_of_a_local_query_says_nothing_beside_its_name()
    {
        var refusal = LocalAnswer.Refuse(5, Rejection.ReadsFull);

        Assert.Equal(refusal, ClientFrames.Decode(refusal.Encode().Span));
        Assert.Null(ClientFrames.Decode((refusal with { ReadAt = new(1) }).Encode().Span));
        Assert.Null(ClientFrames.Decode((refusal with { Refusal = (Rejection)200 }).Encode().Span));
    }

    [Fact]
    public void A_state_cannot_have_changed_after_it_was_read()
    {
        var answer = new LocalAnswer(5, Bytes.Empty, new(8), new(7), 0, Rejection.None);

        Assert.Null(ClientFrames.Decode(answer.Encode().Span));
    }

    [Fact]
    public void What_a_client_may_send_is_smaller_than_what_it_may_get()
    {
        var tooLong = new byte[Limits.ClientFrameBytes + 1];
        tooLong[0] = (byte)ClientFrameKind.LocalQuery;

        Assert.Null(ClientFrames.Decode(tooLong));
        Assert.Null(ClientFrames.Decode(new byte[Limits.ReplyFrameBytes + 1]));
    }

    /// <summary>Its results have any length that a result may have, and they travel together.</summary>
    [Theory]
    [InlineData(RequestLevel.Ordered)]
    [InlineData(RequestLevel.Global)]
    public void No_request_asks_more_queries_than_a_reply_has_room_for(RequestLevel level)
    {
        var most = Asked with { Level = level, Operations = Many(Limits.QueriesPerRequest) };

        Assert.Equal(new Request(most), ClientFrames.Decode(new Request(most).Encode().Span));
        var tooMany = most with { Operations = Many(Limits.QueriesPerRequest + 1) };
        Assert.Null(ClientFrames.Decode(new Request(tooMany).Encode().Span));
        var updates = tooMany with { Level = RequestLevel.Update };
        Assert.Equal(new Request(updates), ClientFrames.Decode(new Request(updates).Encode().Span));

        static ValueList<Operation> Many(int count) => ValueList.From(Enumerable.Repeat(Asked.Operations[0], count));
    }

    [Fact]
    public void The_longest_results_of_a_request_and_their_proof_fit_into_one_frame()
    {
        var longest = Answered.Results[0] with { Outcome = Outcome.Answered, Result = new(new byte[Limits.ResultBytes]) };
        var reply = Answered with
        {
            Level = RequestLevel.Ordered,
            Results = ValueList.From(Enumerable.Repeat(longest, Limits.QueriesPerRequest)),
        };
        var receipt = Proven with
        {
            Reply = reply,
            Path = ValueList.From(Enumerable.Repeat(Named, Limits.MerklePathLength)),
        };

        Assert.Equal(reply, Assert.IsType<Reply>(Arrived(new Reply(new(7), 1000, reply))).Body);
        Assert.Equal(reply, Assert.IsType<ReceiptAnswer>(Arrived(new ReceiptAnswer(receipt))).Receipt.Reply);

        static ClientFrame? Arrived(ClientFrame frame) => ClientFrames.Decode(frame.Encode().Span);
    }

    [Fact]
    public void A_hello_signs_system_replica_and_both_ends_of_the_connection()
    {
        var signed = ClientHello.SigningBytes(Named, new(new(2), 3), Digest.Of([1]), Digest.Of([2]));

        var expected = "00000017" + Convert.ToHexStringLower("holdfast client hello 1"u8) + Name + "02" + "03"
            + Digest.Of([1]).ToHex() + Digest.Of([2]).ToHex();
        Assert.Equal(expected, signed.ToHex());
    }
}
