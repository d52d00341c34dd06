using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>Which replicas are connected, and what they say of their site's view.</summary>
internal sealed class Connections(Genesis genesis, ValueList<SiteId> preference)
{
    private readonly SortedDictionary<ReplicaId, SiteView> _views = [];

    // By site: asked for every request at every step.
    private readonly int[] _connected = new int[genesis.Sites.Count];

    public bool Add(ReplicaId replica, SiteView view)
    {
        if (!Knows(replica))
        {
            return false;
        }

        _connected[replica.Site.Index] += IsConnected(replica) ? 0 : 1;
        _views[replica] = view;
        return true;
    }

    public void Remove(ReplicaId replica)
    {
        if (_views.Remove(replica))
        {
            _connected[replica.Site.Index]--;
        }
    }

    public bool IsConnected(ReplicaId replica) => _views.ContainsKey(replica);

    public void Told(ReplicaId replica, SiteView view)
    {
        if (_views.ContainsKey(replica))
        {
            _views[replica] = view;
        }
    }

    public SiteSize Size(SiteId site) => genesis[site].Size;

    public IReadOnlyList<ReplicaId> Of(SiteId site) => [.. _views.Keys.Where(replica => replica.Site == site)];

    /// <summary>Enough replicas are connected to believe an answer.</summary>
    public bool CanAnswer(SiteId site) => _connected[site.Index] >= Size(site).OneCorrect;

    /// <summary>The first site, from this turn of the preference on, that can answer; else one that is connected at
    /// all; null if there is none.</summary>
    public SiteId? Choose(int turn)
    {
        SiteId? anyone = null;
        for (var offset = 0; offset < preference.Count; offset++)
        {
            var site = preference[(turn + offset) % preference.Count];
            if (CanAnswer(site))
            {
                return site;
            }

            anyone ??= Of(site).Count > 0 ? site : null;
        }

        return anyone;
    }

    /// <summary>The primary by the highest view that f + 1 vouch for, so that no liar can lead astray; null if it is
    /// not connected.</summary>
    public ReplicaId? Primary(SiteId site)
    {
        var size = Size(site);
        var views = _views.Where(pair => pair.Key.Site == site).Select(pair => pair.Value).OrderDescending().ToArray();
        if (views.Length == 0)
        {
            return null;
        }

        var primary = new ReplicaId(site, views[Math.Min(size.Faults, views.Length - 1)].Primary(size));
        return IsConnected(primary) ? primary : null;
    }

    private bool Knows(ReplicaId replica) =>
        preference.Contains(replica.Site) && replica.Index >= 0 && replica.Index < Size(replica.Site).Replicas;
}
