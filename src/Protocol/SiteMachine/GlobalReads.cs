using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Queries at level Global: linearizable among all clients in one wide-area round trip. The site numbers its
/// reads in its register; each site echoes the newest number with its installed view and the end of its log. Once a
/// majority has echoed, own site included, the read waits until everything up to the highest end is executed:
/// whatever was committed before the read began is at or below it, because some site of this majority had accepted
/// it.</summary>
/// <remarks>An end of an older view than the installed one may name entries that the new view dropped, and would be waited
/// for in vain: it does not count, and a site that told one is asked again under a new number, where it is needed. Echoes
/// that came before go on counting, so that one site that stays in an old view cannot outrun the others.</remarks>
internal sealed class GlobalReads(Genesis genesis, SiteId self)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Echo[] _echoes = new Echo[genesis.Sites.Count];
    private readonly ulong[] _seen = new ulong[genesis.Sites.Count];
    private readonly WaitingQueries _waiting = new(Patience);

    /// <summary>The newest number that this site has given to a read.</summary>
    public ulong Number { get; private set; }

    public Timestamp NextDeadline => _waiting.NextDeadline;

    /// <summary>The newest read number of another site: to be echoed in the register to it.</summary>
    public ulong EchoFor(SiteId site) => _seen[site.Index];

    /// <summary>Takes a query in. Queries of one batch share a number. Refused if too many wait.</summary>
    public Rejection TryTake(ClientRequest request, Timestamp now) => _waiting.TryAdd(request, now, Number + 1);

    /// <summary>Whether a query has not been answered yet.</summary>
    public bool IsWaiting(ClientRequest request) => _waiting.Exists(query => query.Request.Digest == request.Digest);

    /// <summary>The site slept: waiting begins anew.</summary>
    public void Restart(Timestamp now) => _waiting.Restart(now);

    /// <summary>Gives the reads that came in since the last batch, and those for which others have to be asked again, one
    /// number. The own echo is taken in that moment.</summary>
    public void FinishBatch(OrderingStatus own)
    {
        _waiting.Change(query => query.View < own.InstalledView ? query with { Target = null } : query);
        if (_waiting.Exists(query => query.Round > Number || HasToAskAgain(query, own.InstalledView)))
        {
            Number++;
            _echoes[self.Index] = new(Number, own.InstalledView, own.Accepted);
        }

        _waiting.Change(query => query.Target is null ? Fix(query, own.InstalledView) : query);
    }

    /// <summary>Another site begins a new life. It numbers its reads anew: an old number echoed to it would answer a read that is
    /// younger. And what its earlier life echoed counts no more, as what that accepted does not: the next one may have
    /// accepted what that had not, if both ran for a while.</summary>
    public void OnNewLife(SiteId site)
    {
        (_seen[site.Index], _echoes[site.Index]) = (0, default);
        _waiting.Change(query => query with { Target = null });
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

    /// <summary>Takes out the queries that may be answered from what is executed now, and those that waited in
    /// vain.</summary>
    public IReadOnlyList<(ClientRequest Request, bool IsReached)> Take(GlobalSequence executed, Timestamp now) =>
        _waiting.Take(query => query.Target is { } target && executed >= target, now);

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

        _waiting.Save(writer);
    }

    public void Load(ref WireReader reader)
    {
        Number = reader.UInt64();
        for (var site = 0; site < _echoes.Length; site++)
        {
            _seen[site] = reader.UInt64();
            _echoes[site] = new(reader.UInt64(), reader.GlobalView(), reader.GlobalSequence());
        }

        _waiting.Load(ref reader);
    }

    /// <summary>A majority has echoed, and it is none without those of older views, of which one has answered the newest
    /// number: it may be further by now.</summary>
    private bool HasToAskAgain(WaitingQuery query, GlobalView installed) =>
        query.Target is null
        && Echoes(query.Round, default) is { } echoes
        && Echoes(query.Round, installed) is null
        && echoes.Any(echo => echo.View < installed && echo.Number == Number);

    /// <summary>Fixes the target when a majority has echoed. It counts while no view above the lowest of the echoes is
    /// installed here.</summary>
    private WaitingQuery Fix(WaitingQuery query, GlobalView installed) => Echoes(query.Round, installed) is { } echoes
        ? query with { Target = echoes.Max(echo => echo.End), View = echoes.Min(echo => echo.View) }
        : query;

    /// <summary>The echoes of this number or later ones, of this view or later ones; null while they are fewer than a
    /// majority.</summary>
    private Echo[]? Echoes(ulong round, GlobalView least)
    {
        var echoes = _echoes.Where(echo => echo.Number >= round && echo.View >= least).ToArray();
        return echoes.Length < genesis.Size.Majority ? null : echoes;
    }

    private readonly record struct Echo(ulong Number, GlobalView View, GlobalSequence End);
}
