using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>How many requests that were not answered in time are sent again at a time: few while nobody answers, one more with each
/// that is, as TCP begins anew after a time-out (RFC 5681, section 3.1). A client that has hundreds under way when a primary dies
/// would come with all of them to replicas that know none, and be taken for one that floods, by the next primary, too.</summary>
internal sealed class RetryPace
{
    private const int PlacesMin = 4;

    private int _places = PlacesMin;

    /// <summary>Where one was answered last, since they began to be late; null if none was.</summary>
    private SiteId? _answers;
    private Instant _answeredAt = new(long.MinValue);

    /// <summary>Gives free places to the oldest of those that are late, and holds back the others.</summary>
    /// <returns>Those that were held back and are to be sent again where others were answered.</returns>
    public IReadOnlyList<(OutgoingRequest Request, SiteId Site)> Place(IReadOnlyList<OutgoingRequest> sent, Instant now)
    {
        var isCalm = true;
        foreach (var request in sent)
        {
            var isLate = request.IsLate(now);
            request.IsHeldBack &= isLate;
            isCalm &= !isLate && !request.IsTriedAgain;
        }

        if (isCalm)
        {
            (_places, _answers) = (PlacesMin, null);
            return [];
        }

        BeginAnewIfSilent(sent, now);
        var free = _places - sent.Count(request => request.IsTriedAgain && (request.WantsRoom || !request.IsRefused));
        var again = new List<(OutgoingRequest, SiteId)>();
        var isHeldBack = false;
        foreach (var request in OldestFirst(sent, request => !request.IsTriedAgain && request.IsLate(now)))
        {
            if (free-- <= 0)
            {
                (request.IsHeldBack, isHeldBack) = (true, true);
                continue;
            }

            request.IsTriedAgain = true;
            if (request.IsHeldBack && _answers is { } site && !request.SitesThatCannot.Contains(site))
            {
                again.Add((request, site));
            }

            request.IsHeldBack = false;
        }

        // Without anybody who waits for a place, more of them would be no answer to anything.
        _places = isHeldBack ? _places : PlacesMin;
        return again;
    }

    /// <summary>A request is over.</summary>
    public void Over(OutgoingRequest request, Instant now)
    {
        // What was given up says nothing of any site.
        if (request is { IsTriedAgain: true, AnsweredBy: { } site })
        {
            (_places, _answers, _answeredAt) = (_places + 1, site, now);
        }
    }

    /// <summary>Those that were sent again are late again, and nothing was answered meanwhile: the next primary may be gone as
    /// well.</summary>
    private void BeginAnewIfSilent(IReadOnlyList<OutgoingRequest> sent, Instant now)
    {
        if (!sent.Any(request => request.IsTriedAgain && request.IsLate(now) && request.SentAt >= _answeredAt))
        {
            return;
        }

        (_places, _answers) = (PlacesMin, null);
        foreach (var request in OldestFirst(sent, request => request.IsTriedAgain).Skip(PlacesMin))
        {
            request.IsTriedAgain = false;
        }
    }

    private static OutgoingRequest[] OldestFirst(IReadOnlyList<OutgoingRequest> sent, Func<OutgoingRequest, bool> which) =>
        [.. sent.Where(which).OrderBy(request => request.FirstSentAt.Microseconds)];
}
