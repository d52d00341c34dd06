using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Adversaries;

/// <summary>Answers local queries, in spells, from a state that it has long left behind, and calls that
/// fresh.</summary>
public sealed class StaleAnswers(Seat seat) : Adversary(seat)
{
    private PublishedState? _kept;
    private GlobalSequence _newest;
    private int _left;

    public override PublishedState Shows(PublishedState published)
    {
        ArgumentNullException.ThrowIfNull(published);
        _newest = published.Snapshot.Executed;
        if (_kept is null || _left-- <= 0)
        {
            (_kept, _left) = (published, Seat.Dice.Below(30));
        }

        return _kept;
    }

    public override void ToClient(Bytes client, Bytes frame) => base.ToClient(
        client,
        ClientFrames.Decode(frame.Span) is LocalAnswer { Refusal: Rejection.None } answer
            ? (answer with { ReadAt = _newest, AgeMicroseconds = 0 }).Encode()
            : frame);
}
