using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Sees everything and believes nobody: one order, nothing invented, nothing lost, nothing twice from one
/// hand.</summary>
internal sealed class OrderOracle(int sites)
{
    private readonly List<Entry> _order = [];
    private readonly int[] _reached = new int[sites];
    private readonly SortedSet<Digest> _submitted = [];
    private readonly SortedSet<Digest>[] _executed =
        [.. Enumerable.Range(0, sites).Select(_ => new SortedSet<Digest>())];

    public int Length => _order.Count;

    public int Submitted => _submitted.Count;

    public void OnSubmitted(Digest update) => _submitted.Add(update);

    /// <summary>What is wrong with this; null for nothing.</summary>
    public string? OnCommitted(int site, FilledEntry filled)
    {
        if (filled.Sequence.Number != (ulong)_reached[site] + 1)
        {
            return $"site {site} commits {filled.Sequence} after g{_reached[site]}";
        }

        if (filled.Entry != FilledEntry.Of(filled.Sequence, filled.Entry.Time, filled.Updates).Entry)
        {
            return $"site {site} commits bodies that the entry does not name";
        }

        var place = _reached[site]++;
        if (place == _order.Count)
        {
            _order.Add(filled.Entry);
        }

        _executed[site].UnionWith(filled.Entry.Updates);
        if (_order[place] != filled.Entry)
        {
            return $"site {site} commits another entry at {filled.Sequence}";
        }

        if (place > 0 && _order[place].Time < _order[place - 1].Time)
        {
            return $"GlobalTime goes back at {filled.Sequence}";
        }

        return filled.Entry.Updates.All(_submitted.Contains) ? null : $"an update at {filled.Sequence} is invented";
    }

    /// <summary>Whether every site has executed the whole order, and in it every update that was taken.</summary>
    public bool IsComplete() =>
        _reached.All(reached => reached == _order.Count)
        && _executed.All(executed => executed.IsSupersetOf(_submitted));

    public string Describe() =>
        $"reached [{string.Join(' ', _reached)}] of {_order.Count}, " +
        $"executed [{string.Join(' ', _executed.Select(executed => executed.Count))}] of {_submitted.Count}";
}
