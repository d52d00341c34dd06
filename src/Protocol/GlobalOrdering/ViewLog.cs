using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The log that a view begins with, by identity: everything up to <paramref name="Base"/> is
/// committed.</summary>
/// <param name="Chain">The chain digest at the base.</param>
/// <param name="Above">The entries above the base, without a gap.</param>
/// <param name="BaseHolder">A site that has committed the base.</param>
/// <param name="AboveHolder">A site that has the bodies of what is above.</param>
internal sealed record ViewLog(
    GlobalView View,
    GlobalSequence Base,
    Digest Chain,
    ValueList<Entry> Above,
    SiteId BaseHolder,
    SiteId AboveHolder)
{
    public GlobalSequence End => new(Base.Number + (ulong)Above.Count);

    /// <summary>The chain digest at a place between the base and the end.</summary>
    public Digest ChainAt(GlobalSequence sequence)
    {
        var chain = Chain;
        foreach (var entry in Above)
        {
            if (entry.Sequence > sequence)
            {
                break;
            }

            chain = entry.ChainAfter(chain);
        }

        return chain;
    }

    /// <summary>Whether the entries stand above the base without a gap.</summary>
    public bool IsWhole
    {
        get
        {
            var last = Base;
            foreach (var entry in Above)
            {
                if (entry.Sequence != last.Next)
                {
                    return false;
                }

                last = entry.Sequence;
            }

            return true;
        }
    }
}

/// <summary>A new view as its parts come in. Parts of different tellings are never mixed.</summary>
internal sealed class NewViewParts
{
    private readonly SavedTable<GlobalNewView> _parts = new(OrderingKeys.NewView, (writer, part) => part.Write(writer));

    /// <summary>The whole log of the view; null while parts are missing.</summary>
    public ViewLog? Whole(SiteId leadingSite)
    {
        if (_parts.Count == 0 || _parts.Count < _parts.First.Value.Parts)
        {
            return null;
        }

        var first = _parts.First.Value;
        var entries = ValueList.From(_parts.Rows.SelectMany(row => row.Value.Above));
        return new(first.View, first.Base, first.Chain, entries, leadingSite, leadingSite);
    }

    public void Take(GlobalNewView part)
    {
        if (_parts.Count > 0 && !IsOfOneTelling(_parts.First.Value, part))
        {
            _parts.Clear();
        }

        _parts.Set(part.Part, part);
    }

    public void Clear() => _parts.Clear();

    public void Save(AuthenticatedMap map) => _parts.Save(map);

    public void LoadRow(ulong number, GlobalNewView part) => _parts.Loaded(number, part);

    private static bool IsOfOneTelling(GlobalNewView left, GlobalNewView right) =>
        left.View == right.View && left.Base == right.Base && left.Chain == right.Chain && left.Parts == right.Parts;
}
