using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One site as its links see it: one machine, and for each replica its sender. Its batches are signed at once,
/// unless the test wants otherwise.</summary>
internal sealed class LinkSite
{
    private readonly IdealSigning _signing = new();
    private readonly Genesis _genesis;
    private readonly SiteId _self;
    private readonly Effects _effects = new();
    private readonly AuthenticatedMap _map = new();
    private readonly List<(int, Effect.SendSite)> _answers = [];
    private ShareCollector _collector = null!;
    private LinkSender[] _senders = [];
    private ulong _batch;

    public LinkSite(Genesis genesis, SiteId self)
    {
        (_genesis, _self) = (genesis, self);
        Links = new(genesis, self);
        Leaves = new();
        StartReplicas();
    }

    public Links Links { get; private set; }

    public BatchLeaves Leaves { get; private set; }

    /// <summary>What receivers hold until the machine has taken it.</summary>
    public List<(int Receiver, SiteMessage Message)> Pool { get; } = [];

    /// <summary>What was taken, by site.</summary>
    public List<(SiteId From, Bytes Body)> Taken { get; } = [];

    public List<SiteId> Cuts { get; } = [];

    public int BatchesWithWords { get; private set; }

    /// <summary>What each replica knows of ended connections.</summary>
    public BrokenRoads[] Roads { get; } = [.. Enumerable.Range(0, 16).Select(_ => new BrokenRoads())];

    public int Replicas => _genesis[_self].Size.Replicas;

    /// <summary>A crash of all replicas' memory: senders begin anew.</summary>
    public void StartReplicas()
    {
        var ledger = new AttestationLedger(_genesis, _self, _signing);
        _collector = new(0, ledger, _signing, _ => false);
        _senders = [.. Enumerable.Range(0, Replicas).Select(replica =>
            new LinkSender(new(_self, replica), Links, Leaves, _collector, Roads[replica]))];
        foreach (var batch in Leaves.NewestFirst)
        {
            Sign(batch);
        }
    }

    /// <summary>The machine as it comes back from its saved state.</summary>
    public void SaveAndLoad()
    {
        Links.Save(_map);
        Leaves.Save(_map);
        (Links, Leaves) = (new(_genesis, _self), new());
        Links.Load(_map);
        Leaves.Load(_map);
        StartReplicas();
    }

    /// <summary>Executes one batch with all that the pool holds, and gives what the replicas send.</summary>
    public IReadOnlyList<(int Sender, Effect.SendSite Send)> Turn(Timestamp now, Action<Links>? inputs = null)
    {
        Cuts.AddRange(Links.OnTime(now));
        TakePool();
        inputs?.Invoke(Links);
        var leaves = new List<Bytes>();
        _batch++;
        Links.FinishBatch(new(_batch), leaves);
        if (leaves.Count > 0)
        {
            BatchesWithWords++;
            Leaves.Add(new(_batch), leaves);
            Sign(new(_batch));
        }

        if (_batch > 400)
        {
            Leaves.Retire(new(_batch - 400));
            _collector.Retire(new(_batch - 400));
            Links.Requeue(new(_batch - 400));
        }

        var sent = new List<(int, Effect.SendSite)>();
        for (var replica = 0; replica < Replicas; replica++)
        {
            _senders[replica].Advance(_effects);
            sent.AddRange(_effects.OfType<Effect.SendSite>().Select(send => (replica, send)));
            _effects.Clear();
        }

        sent.InsertRange(0, _answers);
        _answers.Clear();
        return sent;
    }

    private void TakePool()
    {
        for (var isNews = true; isNews;)
        {
            isNews = false;
            var consumable = Pool.Where(held => Links.Judge(held.Message) == InputStanding.Consumable);
            foreach (var (_, message) in consumable.ToList())
            {
                var news = Links.Take(message);
                isNews |= news.Refusal == Rejection.None;
                Taken.AddRange(news.Bodies.Select(body => (message.From, body)));
            }

            // What was taken in this very batch is no repetition, so nobody answers it.
            foreach (var held in Pool.Where(held => Links.Judge(held.Message) == InputStanding.Obsolete).ToList())
            {
                Pool.Remove(held);
            }
        }

        while (Pool.Count > Limits.EarlyInputsPerSource)
        {
            Pool.RemoveAt(0);
        }
    }

    /// <summary>A replica receives a message: into the pool, or, if it is all known, an answer at once.</summary>
    public void Receive(int replica, SiteMessage message, Instant now)
    {
        if (message.To != _self)
        {
            Assert.Equal(Rejection.None, _senders[replica].HandOn(message, now, _effects));
            _answers.AddRange(_effects.OfType<Effect.SendSite>().Select(send => (replica, send)));
            _effects.Clear();
            return;
        }

        if (Links.Judge(message) != InputStanding.Obsolete)
        {
            Pool.Add((replica, message));
            return;
        }

        _senders[replica].OnTaken(message, now, _effects);
        _answers.AddRange(_effects.OfType<Effect.SendSite>().Select(send => (replica, send)));
        _effects.Clear();
    }

    private void Sign(SiteSequence batch)
    {
        var tree = Leaves.Find(batch)!.Tree;
        var statement = new SiteStatement(_self, 1, 1, batch, (uint)tree.Count, tree.Root);
        var group = new SigningGroup(statement, 0, 0, [new(0, 0, 0, 0, default)]);
        var ignored = new Effects();
        _collector.OnAssigned(group, CombinerDuty.Standby, default, ignored);
        var signature = IdealSigning.Sign(
            _genesis[_self].PublicKey.Span, statement.SigningBytes(_genesis.Cluster).Span);
        _collector.OnWord(new(0, new SiteSignature(1, batch, signature), default), default, ignored);
    }
}
