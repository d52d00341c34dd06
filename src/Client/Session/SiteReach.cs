using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>Which sites a client is connected to: its own, and another only when it is needed, so that the places of a
/// site's replicas are for its own clients.</summary>
internal sealed class SiteReach(SessionState state)
{
    /// <summary>So long nobody may be there before the next site is turned to.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SortedSet<SiteId> _wanted = [state.Settings.Preference[0]];
    private Instant _nextAt = Instant.Never;

    public Instant NextWake => _nextAt;

    /// <summary>The site could answer, as far as is known: it can, or nobody has tried.</summary>
    public bool MayAnswer(SiteId site) => state.Connections.CanAnswer(site) || !_wanted.Contains(site);

    public void Want(SiteId site, ClientEffects effects)
    {
        if (_wanted.Add(site))
        {
            effects.Reach(site);
        }
    }

    /// <summary>While something waits and no site that is connected can answer, one more is wanted from time to
    /// time.</summary>
    public void Pump(Instant now, ClientEffects effects)
    {
        var preference = state.Settings.Preference;
        if (!state.HasPending || _wanted.Count == preference.Count || preference.Any(state.Connections.CanAnswer))
        {
            _nextAt = Instant.Never;
        }
        else if (_nextAt == Instant.Never)
        {
            _nextAt = now + Patience;
        }
        else if (now >= _nextAt)
        {
            Want(preference.First(site => !_wanted.Contains(site)), effects);
            _nextAt = _wanted.Count == preference.Count ? Instant.Never : now + Patience;
        }
    }
}
