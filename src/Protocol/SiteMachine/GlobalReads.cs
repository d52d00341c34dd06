using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Queries at level Global: linearizable among all clients in one wide-area round trip. The site numbers its
/// reads in its register; each site echoes the newest number with its installed view and the end of its log. Once a
/// majority has echoed, own site included, the read waits until everything up to the highest end is executed: whatever was
/// committed before the read began is at or below it, because some site of this majority had accepted it.</summary>
internal sealed class GlobalReads(Genesis genesis, SiteId self)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Echo[] _echoes = new Echo[genesis.Sites.Count];
    private readonly ulong[] _seen = new ulong[genesis.Sites.Count];
    private readonly List<WaitingQuery> _waiting = [];

    /// <summary>The newest number that this site has given to a read.</summary>
    public ulong Number { get; private set; }

    public Timestamp NextDeadline => _waiting.Count == 0 ? Timestamp.Never : _waiting[0].Until;

    /// <summary>The newest read number of another site: to be echoed in the register to it.</summary>
    public ulong EchoFor(SiteId site) => _seen[site.Index];

    /// <summary>Takes a query in. Queries of one batch share a number. False if too many wait.</summary>
    public bool TryTake(ClientRequest request, Timestamp now)
    {
        if (_waiting.Count >= Limits.WaitingReads)
        {
            return false;
        }

        _waiting.Add(new(request, now + Patience, Number + 1));
        return true;
    }

    /// <summary>Gives the reads that came in since the last batch their number. The own echo is taken in that moment.</summary>
    public void FinishBatch(OrderingStatus own)
    {
        if (_waiting.Exists(query => query.Round > Number))
        {
            Number++;
            _echoes[self.Index] = new(Number, own.InstalledView, own.Accepted);
        }
    }

    /// <summary>Another site's newest register.</summary>
    public void OnStatus(SiteId from, StatusFront front)
    {
        _seen[from.Index] = Math.Max(_seen[from.Index], front.ReadNumber);
        var echo = _echoes[from.Index];
        if (front.EchoedRead > echo.Number)
        {
            _echoes[from.Index] = new(front.EchoedRead, front.Ordering.InstalledView, front.Ordering.Accepted);
        }
    }

    /// <summary>Takes out the queries that may be answered from what is executed now, and those that waited in vain.</summary>
    public IReadOnlyList<(ClientRequest Request, bool IsReached)> Take(
        OrderingStatus own, GlobalSequence executed, Timestamp now)
    {
        if (_waiting.Count == 0)
        {
            return [];
        }

        for (var index = 0; index < _waiting.Count; index++)
        {
            _waiting[index] = Advance(_waiting[index], own);
        }

        var taken = new List<(ClientRequest, bool)>();
        _waiting.RemoveAll(query =>
        {
            var isReached = query.Target is { } target && executed >= target;
            if (isReached || query.Until <= now)
            {
                taken.Add((query.Request, isReached));
                return true;
            }

            return false;
        });
        return taken;
    }

    public void Save(WireWriter writer)
    {
        writer.UInt64(Number);
        for (var site = 0; site < _echoes.Length; site++)
        {
            writer.UInt64(_seen[site]);
            writer.UInt64(_echoes[site].Number);
            writer.View(_echoes[site].View);
            writer.Sequence(_echoes[site].End);
        }

        writer.Count(_waiting.Count);
        foreach (var query in _waiting)
        {
            query.Write(writer);
        }
    }

    public void Load(ref WireReader reader)
    {
        Number = reader.UInt64();
        for (var site = 0; site < _echoes.Length; site++)
        {
            _seen[site] = reader.UInt64();
            _echoes[site] = new(reader.UInt64(), reader.GlobalView(), reader.GlobalSequence());
        }

        for (var left = reader.Count(Limits.WaitingReads); left > 0; left--)
        {
            _waiting.Add(WaitingQuery.Read(ref reader));
        }
    }

    /// <summary>Fixes the target when a majority has echoed. An end from an older view than the installed one may name
    /// entries that the new view dropped, and would be waited for in vain: such a read begins again, under a number that
    /// no echo answers yet.</summary>
    private WaitingQuery Advance(WaitingQuery query, OrderingStatus own)
    {
        if (query.Round > Number)
        {
            return query;
        }

        if (query.Target is not null)
        {
            return own.InstalledView > query.View ? query with { Round = Number + 1, Target = null } : query;
        }

        var counted = _echoes.Where(echo => echo.Number >= query.Round).ToArray();
        if (counted.Length < genesis.Size.Majority)
        {
            return query;
        }

        return counted.Any(echo => echo.View < own.InstalledView)
            ? query with { Round = Number + 1 }
            : query with { Target = counted.Max(echo => echo.End), View = counted.Max(echo => echo.View) };
    }

    private readonly record struct Echo(ulong Number, GlobalView View, GlobalSequence End);
}
