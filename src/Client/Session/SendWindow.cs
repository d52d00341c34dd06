using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>How many requests may be out at a time: as many as the settings allow, and fewer while replicas say that
/// these are too many (half as many at each such word, one more with each turn of answers; Chiu and Jain 1989). The word of one
/// replica is enough for that (<see cref="RequestSender.Counts"/>), since who has too much under way is held to flood. A liar can
/// make a client wait with it until it is known for one (<see cref="PrimaryTrust"/>): operations that wait leave together, and each
/// update waits once before all replicas are asked.</summary>
internal sealed class SendWindow(int requestsMax)
{
    /// <summary>What was sent before the last word is no new cause.</summary>
    private static readonly TimeSpan HalvedOnceIn = TimeSpan.FromMilliseconds(50);

    private double _requests = requestsMax;
    private Instant? _shrankAt;

    public int Requests => (int)_requests;

    public void Grow() => _requests = Math.Min(requestsMax, _requests + (1 / _requests));

    public void Shrink(Instant now)
    {
        if (_shrankAt is null || now - _shrankAt > HalvedOnceIn)
        {
            _shrankAt = now;
            _requests = Math.Max(1, _requests / 2);
        }
    }
}
