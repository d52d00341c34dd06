using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>What sites say on their streams, as bytes.</summary>
public sealed class StreamBodyTests
{
    private static readonly Digest Some = Digest.Of("some"u8);
    private static readonly Entry Fifth = new(G(5), At(9), [Some]);

    internal static readonly StreamBody[] Bodies =
    [
        new Forward(V(3), [new ForwardedUpdate(7, Update(1))]),
        new Proposal(V(3), G(5), At(9), [new(Update(1).Digest, Update(1)), new(Some, null)], G(4)),
        new GlobalViewChange(V(3), 1, V(2), G(4), Some, 0, 2, [Fifth]),
        new GlobalNewView(V(3), G(4), Some, 1, 2, [Fifth]),
        new GlobalFetch(G(1), G(2), [new MissingBody(G(2), Some)]),
        new GlobalFetched(
            V(3), true, G(4), G(1), G(2), Some, [FilledEntry.Of(G(2), At(1), [Update(1)])], [Update(2)], IsLast: true),
    ];

    [Fact]
    public void Every_kind_comes_back_whole_and_no_shorter_bytes_do()
    {
        Assert.Equal(Enum.GetValues<StreamBodyKind>(), Bodies.Select(body => body.Kind));
        foreach (var body in Bodies)
        {
            var bytes = body.Encode();
            Assert.Equal(bytes, StreamBodies.Decode(bytes)!.Encode());
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Null(StreamBodies.Decode(Bytes.Copy(bytes.Span[..length])));
            }

            Assert.Null(StreamBodies.Decode(bytes.Concat([0])));
        }
    }

    [Fact]
    public void Whatever_is_flipped_reading_does_not_throw()
    {
        var dice = new Dice(4);
        for (var time = 0; time < 4000; time++)
        {
            var bytes = Bodies[dice.Below(Bodies.Length)].Encode().ToArray();
            bytes[dice.Below(bytes.Length)] ^= (byte)(1 << dice.Below(8));
            StreamBodies.Decode(new Bytes(bytes));
        }
    }

    [Fact]
    public void A_view_change_has_this_encoding()
    {
        var bytes = new GlobalViewChange(V(3), 1, V(2), G(4), Some, 0, 2, [Fifth]).Encode();
        Assert.Equal(
            "03" + "0000000000000003" + "00000001" + "0000000000000002" + "0000000000000004" + Some.ToHex() + "00"
            + "02" + "00000001" + "0000000000000005" + "0000000000002328" + "00000001" + Some.ToHex(),
            bytes.ToHex());
    }

    [Theory]
    [InlineData(Limits.PartsPerWord, true)]
    [InlineData(Limits.PartsPerWord + 1, false)]
    public void A_word_has_no_more_parts_than_are_forgotten_again(int parts, bool isRead)
    {
        var change = new GlobalViewChange(V(3), 1, V(2), G(4), Some, 0, (byte)parts, [Fifth]);
        var view = new GlobalNewView(V(3), G(4), Some, 0, (byte)parts, [Fifth]);

        Assert.Equal((isRead, isRead), (StreamBodies.Decode(change.Encode()) is not null, StreamBodies.Decode(view.Encode()) is not null));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_request_that_is_longer_than_a_client_may_send_is_no_input_whoever_hands_it_on(int more, bool isRead)
    {
        var empty = Update(1) with { Operations = [new(OperationKind.Application, Bytes.Empty), new(OperationKind.Application, Bytes.Empty)] };
        var half = (Limits.RequestBytes - empty.Encoded.Length) / 2;
        var rest = Limits.RequestBytes - empty.Encoded.Length - half;
        var request = empty with
        {
            Operations =
            [
                new(OperationKind.Application, new Bytes(new byte[half])),
                new(OperationKind.Application, new Bytes(new byte[rest + more])),
            ],
        };

        Assert.Equal(Limits.RequestBytes + more, request.Encoded.Length);
        Assert.Equal(isRead, SiteInput.Decode(request.Encoded.Span) is not null);
    }

    [Fact]
    public void A_request_that_is_no_update_is_not_read_as_one()
    {
        var query = Update(1) with { Level = RequestLevel.Ordered };
        Assert.Null(StreamBodies.Decode(new Forward(V(1), [new(1, query)]).Encode()));
    }
}
