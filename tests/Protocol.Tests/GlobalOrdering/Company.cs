using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>A few sites whose every word the test hands on, or not.</summary>
internal sealed class Company
{
    private readonly GlobalOrdering[] _sites;

    public Company(int sites)
    {
        Genesis = OrderingStage.Genesis(sites);
        _sites = [.. Enumerable.Range(0, sites).Select(site => new GlobalOrdering(Genesis, new(site)))];
        Executed = [.. Enumerable.Range(0, sites).Select(_ => new List<FilledEntry>())];
        for (var site = 0; site < sites; site++)
        {
            Do(site, (_, _) => { });
        }
    }

    public Genesis Genesis { get; }

    public Timestamp Now { get; set; } = OrderingStage.At(1_000_000);

    public List<FilledEntry>[] Executed { get; }

    public GlobalOrdering this[int site] => _sites[site];

    /// <summary>One batch of a site.</summary>
    public OrderingOutput Do(int site, Action<GlobalOrdering, OrderingOutput> what)
    {
        var output = new OrderingOutput();
        what(_sites[site], output);
        _sites[site].OnTime(Now, output);
        foreach (var entry in output.Committed)
        {
            _sites[site].OnExecuted(entry.Sequence);
            Executed[site].Add(entry);
        }

        return output;
    }

    public OrderingOutput Take(int site, ClientRequest update) =>
        Do(site, (ordering, _) => Assert.Equal(Rejection.None, ordering.TryTakeOwn(update)));

    public OrderingOutput Hear(int site, int from, StreamBody body) =>
        Do(site, (ordering, output) => ordering.OnBody(Now, new(from), body, output));

    public OrderingOutput HearStatus(int site, int from)
    {
        var (status, credits) = (_sites[from].Status, _sites[from].CreditsFor(new(site)));
        return Do(site, (ordering, output) => ordering.OnStatus(Now, new(from), status, credits, output));
    }

    public OrderingOutput Pass(int site) => Do(site, (_, _) => { });

    /// <summary>Time passes in steps as agreed time does, and nobody hears anybody.</summary>
    public void Wait(int milliseconds, params int[] sites)
    {
        for (var left = milliseconds; left > 0; left -= 500)
        {
            Now += TimeSpan.FromMilliseconds(Math.Min(left, 500));
            foreach (var site in sites)
            {
                Pass(site);
            }
        }
    }

    /// <summary>Hands on all that these sites say to one another, streams and registers, until they are
    /// quiet.</summary>
    public void Talk(params int[] sites)
    {
        var words = new Queue<(int From, OrderingWord Word)>();
        for (var round = 0; round < 20; round++)
        {
            foreach (var (from, to) in sites.SelectMany(from => sites.Where(to => to != from).Select(to => (from, to))))
            {
                Queue(to, HearStatus(to, from));
                while (words.TryDequeue(out var said))
                {
                    Queue(said.Word.To.Index, Hear(said.Word.To.Index, said.From, said.Word.Body));
                }
            }
        }

        void Queue(int speaker, OrderingOutput output)
        {
            foreach (var word in output.Words.Where(word => sites.Contains(word.To.Index)))
            {
                words.Enqueue((speaker, word));
            }
        }
    }
}
