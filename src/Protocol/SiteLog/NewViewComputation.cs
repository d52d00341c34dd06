using System.Runtime.CompilerServices;
using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What a new view offers again: from the highest stable checkpoint to the highest prepared place, the
/// digest of the highest view's certificate, or the null batch where nobody had one.</summary>
public sealed class NewViewChoice
{
    /// <summary>View 0 begins with nothing behind it.</summary>
    public static readonly NewViewChoice None = new(StableCheckpoint.Genesis, []);

    // Asked for again with each offer that is held against the new view.
    private static readonly ConditionalWeakTable<NewView, NewViewChoice> Computed = [];

    private readonly SortedDictionary<SiteSequence, PreparedCertificate> _certificates;

    private NewViewChoice(StableCheckpoint stable, SortedDictionary<SiteSequence, PreparedCertificate> certificates)
    {
        Stable = stable;
        _certificates = certificates;
        Last = certificates.Count == 0 ? stable.Sequence : certificates.Last().Key;
    }

    public StableCheckpoint Stable { get; }

    /// <summary>The last place that is offered again; fresh offers begin after it.</summary>
    public SiteSequence Last { get; }

    /// <summary>The computation of PBFT (OSDI '99, section 4.4): every replica does it for itself, which checks the new
    /// primary as a matter of course.</summary>
    public static NewViewChoice Of(NewView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return Computed.GetValue(view, Compute);
    }

    /// <summary>The digest that this view must offer at this place; null where the primary is free.</summary>
    public Digest? For(SiteSequence sequence)
    {
        if (sequence <= Stable.Sequence || sequence > Last)
        {
            return null;
        }

        return _certificates.TryGetValue(sequence, out var certificate) ? certificate.Digest : Batch.Null.Digest;
    }

    private static NewViewChoice Compute(NewView view)
    {
        var stable = StableCheckpoint.Genesis;
        var highest = new SortedDictionary<SiteSequence, PreparedCertificate>();
        foreach (var change in view.Changes)
        {
            stable = change.Word.Stable.Sequence > stable.Sequence ? change.Word.Stable : stable;
            foreach (var certificate in change.Word.Prepared)
            {
                if (!highest.TryGetValue(certificate.Sequence, out var known) || certificate.View > known.View)
                {
                    highest[certificate.Sequence] = certificate;
                }
            }
        }

        foreach (var below in highest.Keys.Where(sequence => sequence <= stable.Sequence).ToArray())
        {
            highest.Remove(below);
        }

        return new(stable, highest);
    }
}
