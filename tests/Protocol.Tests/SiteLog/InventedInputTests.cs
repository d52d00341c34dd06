using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>No primary invents an input, whatever way its batch takes to a backup.</summary>
public sealed class InventedInputTests
{
    private static readonly LogStage Stage = new(self: 1);
    private static readonly Batch Forged = new(new(LogStage.Start), [SiteBox.Request(new(1))]);

    [Fact]
    public void An_offer_with_an_input_that_nobody_signed_is_refused() =>
        Assert.Equal(Rejection.BadInput, Admit(PrePrepare.Of(default, new(1), Forged)));

    /// <summary>The offer itself may come without a body; were the body believed afterwards by its digest alone, a
    /// primary could order anything in anybody's name.</summary>
    [Fact]
    public void A_body_that_follows_its_offer_is_refused_for_an_input_that_nobody_signed()
    {
        Assert.Equal(Rejection.None, Admit(new PrePrepare(default, new(1), Forged.Digest, null)));
        Assert.Equal(Rejection.BadInput, Admit(new CommittedBatch(new(1), Forged)));
    }

    [Fact]
    public void An_input_that_nobody_signed_is_not_taken_from_a_peer_that_hands_it_on() =>
        Assert.NotEqual(Rejection.None, Admit(new HandOn(Forged.Inputs[0])));

    private static Rejection Admit(SiteWord word) => new Gate(Stage.Genesis, new(Sample.Home, 1), new IdealSigning())
        .AdmitFromPeer(0, Gate.FrameOf(Stage.Say(0, word)).Span, out _);
}
