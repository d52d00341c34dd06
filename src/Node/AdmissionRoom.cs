using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>How many requests may be under way at a door while clients compete: it grows while they take the usual time,
/// and shrinks while they take longer.</summary>
internal sealed class AdmissionRoom
{
    /// <summary>The shortest time is that of this period and the last.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>A turn is the time of one request, or this if that is longer.</summary>
    private static readonly TimeSpan TurnMin = TimeSpan.FromMilliseconds(100);

    private const int SlowTimes = 6;
    private const double Grows = 1.1;
    private const double Shrinks = 0.7;
    private const double Decays = 0.9;

    private TimeSpan _shortest = TimeSpan.MaxValue;
    private TimeSpan _shortestBefore = TimeSpan.MaxValue;
    private Instant _periodEnds;
    private Instant _turnEnds;
    private int _inTurn;
    private int _slowInTurn;
    private int _mostInTurn;
    private double _size = Admission.RoomMin;

    public int Size => (int)_size;

    /// <summary>One more is let in.</summary>
    /// <param name="underWay">With it.</param>
    public void Entered(int underWay) => _mostInTurn = Math.Max(_mostInTurn, underWay);

    /// <summary>One is settled.</summary>
    /// <param name="underWay">Without it.</param>
    public void Settled(TimeSpan latency, int underWay, Instant now)
    {
        if (now >= _periodEnds)
        {
            (_shortestBefore, _shortest) = (_shortest, TimeSpan.MaxValue);
            _periodEnds = now + Period;
        }

        _shortest = latency < _shortest ? latency : _shortest;
        (_inTurn, _slowInTurn) = (_inTurn + 1, _slowInTurn + (IsSlow(latency) ? 1 : 0));
        if (now >= _turnEnds)
        {
            Turn(latency, underWay, now);
        }
    }

    /// <summary>The oldest is not settled for so long: what stands still tells nothing by its end.</summary>
    public void StandsStill(TimeSpan age, int underWay, Instant now)
    {
        if (now >= _turnEnds && IsSlow(age))
        {
            (_inTurn, _slowInTurn) = (1, 1);
            Turn(age, underWay, now);
        }
    }

    private bool IsSlow(TimeSpan latency)
    {
        var shortest = _shortest < _shortestBefore ? _shortest : _shortestBefore;
        return shortest < Admission.GivenUpAfter && latency > (SlowTimes * shortest) + Admission.SlowBeyond;
    }

    /// <summary>Once in the time that a request takes: what was let in before tells of a room that is no more. Most of a
    /// turn's requests must be slow, since single ones are at all times.</summary>
    private void Turn(TimeSpan latency, int underWay, Instant now)
    {
        // Room that nobody used lately says nothing of what the system carries now.
        var change = 2 * _slowInTurn > _inTurn ? Shrinks : _mostInTurn >= _size / 2 ? Grows : Decays;
        _size = Math.Clamp(_size * change, Admission.RoomMin, Admission.UnderWayMax);
        _turnEnds = now + (latency > TurnMin ? latency : TurnMin);
        (_inTurn, _slowInTurn, _mostInTurn) = (0, 0, underWay);
    }
}
