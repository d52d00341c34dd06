using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>As primary it orders what no client asked for: a true request with another operation in it, under the old
/// signature. In some lives the body comes behind the offer.</summary>
public sealed class InventingPrimary(Seat seat) : Adversary(seat)
{
    private static readonly TimeSpan BodyAfter = TimeSpan.FromMilliseconds(5);
    private readonly bool _isBodyLate = seat.Dice.OneIn(2);

    public override void ToPeer(int replica, Bytes frame)
    {
        var word = Forgery.WordOf(Seat.Self.Index, frame);
        if (word is PrePrepare { Batch: { } batch } && Seat.Story.InsteadOf(batch.Digest) is null && Invented(batch) is { } other)
        {
            Seat.Story.Add(batch.Digest, other);
        }

        if (word is PrePrepare offer && Seat.Story.InsteadOf(offer.Digest) is { } told)
        {
            Offer(replica, PrePrepare.Of(offer.View, offer.Sequence, told));
        }
        else
        {
            base.ToPeer(replica, word is Commit vote && Seat.Story.InsteadOf(vote.Digest) is { } voted
                ? Forgery.FrameOf(Seat, vote with { Digest = voted.Digest })
                : frame);
        }
    }

    private void Offer(int replica, PrePrepare offer)
    {
        if (!_isBodyLate)
        {
            base.ToPeer(replica, Forgery.FrameOf(Seat, offer));
            return;
        }

        base.ToPeer(replica, Forgery.FrameOf(Seat, offer with { Batch = null }));
        var body = Forgery.FrameOf(Seat, new CommittedBatch(offer.Sequence, offer.Batch!));
        Seat.Later(BodyAfter, () => base.ToPeer(replica, body));
    }

    private static Batch? Invented(Batch batch)
    {
        var asked = batch.Inputs.OfType<ClientRequest>().FirstOrDefault(request =>
            request.Level == RequestLevel.Update
            && request.Operations[0] is { Kind: OperationKind.Application, Body.IsEmpty: false });
        return asked is null
            ? null
            : new(batch.Time, ValueList.From(batch.Inputs.Select(input => input == asked ? Other(asked) : input)));
    }

    private static SiteInput Other(ClientRequest asked)
    {
        var body = asked.Operations[0].Body.ToArray();
        body[^1] ^= 1;
        return asked with { Operations = [asked.Operations[0] with { Body = new(body) }, .. asked.Operations.Skip(1)] };
    }
}
