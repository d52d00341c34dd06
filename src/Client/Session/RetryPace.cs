using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>How many updates that were not answered in time are sent again at a time: few while nobody answers, one more with each
/// that is, as TCP begins anew after a time-out (RFC 5681, section 3.1). A client that has hundreds under way when a primary dies
/// would come with all of them to replicas that know none, and be taken for one that floods, by the next primary, too.</summary>
internal sealed class RetryPace
{
    private const int PlacesMin = 4;

    private int _places = PlacesMin;

    /// <summary>Where one was answered since they began to be late; null if none was.</summary>
    private SiteId? _answers;

    /// <summary>Gives free places to the oldest of those that are late, and holds back the others.</summary>
    /// <returns>Those that were held back and are to be sent again where others were answered.</returns>
    public IReadOnlyList<(OutgoingRequest Request, SiteId Site)> Place(IReadOnlyList<OutgoingRequest> sent, Instant now)
    {
        if (!sent.Any(request => request.IsTriedAgain || request.IsLate(now)))
        {
            (_places, _answers) = (PlacesMin, null);
            return [];
        }

        var free = _places - sent.Count(request => request.IsTriedAgain);
        var late = sent.Where(request => !request.IsTriedAgain && request.IsLate(now))
            .OrderBy(request => request.FirstSentAt.Microseconds).ToArray();
        var again = new List<(OutgoingRequest, SiteId)>();
        foreach (var request in late)
        {
            if (free-- > 0)
            {
                request.IsTriedAgain = true;
                if (request.IsHeldBack && _answers is { } site)
                {
                    again.Add((request, site));
                }
            }

            request.IsHeldBack = !request.IsTriedAgain;
        }

        return again;
    }

    /// <summary>A request is over.</summary>
    public void Answered(OutgoingRequest request)
    {
        if (request is { IsTriedAgain: true, Site: { } site })
        {
            (_places, _answers) = (_places + 1, site);
        }
    }
}
