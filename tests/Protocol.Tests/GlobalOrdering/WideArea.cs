using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Sites only, and everything that can go wrong between them: streams that wait, stand or are cut, registers
/// that are lost or overtaken, sites that pause, clocks that run as they like.</summary>
internal sealed class WideArea
{
    private const int UpdatesMax = 60;

    private readonly Dice _dice;
    private readonly Node[] _nodes;
    private readonly Wire[,] _wires;
    private readonly bool _withTwins;
    private readonly int _pace;
    private readonly int _trouble;
    private ulong _updates;

    public WideArea(int sites, ulong seed, bool withTwins = false)
    {
        (_dice, _withTwins) = (new(seed), withTwins);
        var genesis = OrderingStage.Genesis(sites);
        Oracle = new(sites);
        _nodes = [.. Enumerable.Range(0, sites).Select(site => new Node(genesis, new(site)))];
        _pace = 100 + _dice.Below(1500);
        _trouble = 1 + _dice.Below(8);
        _wires = new Wire[sites, sites];
        for (var pair = 0; pair < sites * sites; pair++)
        {
            _wires[pair / sites, pair % sites] = new();
        }
    }

    public OrderOracle Oracle { get; }

    /// <summary>What went wrong; null for nothing.</summary>
    public string? Fault { get; private set; }

    public ulong HighestView => _nodes.Max(node => node.Ordering.InstalledView.Number);

    /// <summary>One thing happens somewhere.</summary>
    public void Step()
    {
        var (site, other) = (_dice.Below(_nodes.Length), _dice.Below(_nodes.Length));
        var node = _nodes[site];
        switch (_dice.Below(36 + _trouble))
        {
            case < 12:
                for (var left = 1 + _dice.Below(4); left > 0; left--)
                {
                    Deliver(other, site);
                }

                break;
            case < 22:
                Register(other, site, _dice.OneIn(4) ? 1 + _dice.Below(3) : 0);
                break;
            case < 25:
                Submit(site);
                break;
            case < 35:
                Pass(site, _dice.OneIn(60) ? 5000 : 1 + _dice.Below(_pace));
                break;
            case 35:
                Restart(node);
                break;
            default:
                Disturb(site, other);
                break;
        }
    }

    /// <summary>Everything works from here on: true if every site gets everything executed before patience
    /// ends.</summary>
    public bool Heals(int rounds = 600)
    {
        AllWork();
        for (var round = 0; round < rounds && Fault is null; round++)
        {
            if (Oracle.IsComplete())
            {
                return true;
            }

            Round();
        }

        return false;
    }

    public string Describe() =>
        $"{Fault}; {Oracle.Describe()}; {string.Join("; ", _nodes.Select(node => $"{node.Ordering.Status}"))}";

    private void Disturb(int site, int other)
    {
        switch (_dice.Below(8))
        {
            case 0:
                Cut(site, other);
                break;
            case 1:
                _wires[site, other].IsDown = !_dice.OneIn(3);
                break;
            case 2:
                _nodes[site].IsPaused = _dice.OneIn(2);
                break;
            case 3:
                Isolate(site, isDown: !_dice.OneIn(3));
                break;
            default:
                IsolateOnly(site);
                break;
        }
    }

    /// <summary>Another site alone each time: so logs grow apart, and meet again in another company.</summary>
    private void IsolateOnly(int site)
    {
        AllWork();
        Isolate(site, isDown: true);
        for (var round = _dice.Below(6); round > 0; round--)
        {
            Submit(_dice.Below(_nodes.Length));
            Round();
        }
    }

    private void Isolate(int site, bool isDown)
    {
        for (var other = 0; other < _nodes.Length; other++)
        {
            _wires[site, other].IsDown = isDown;
            _wires[other, site].IsDown = isDown;
        }
    }

    private void AllWork()
    {
        foreach (var wire in _wires)
        {
            wire.IsDown = false;
        }

        foreach (var node in _nodes)
        {
            node.IsPaused = false;
        }
    }

    private void Round()
    {
        for (var pair = 0; pair < _nodes.Length * _nodes.Length; pair++)
        {
            var (from, to) = (pair / _nodes.Length, pair % _nodes.Length);
            for (var left = _wires[from, to].Bodies.Count; left > 0 && !_dice.OneIn(20); left--)
            {
                Deliver(from, to);
            }

            Register(from, to, 0);
        }

        for (var site = 0; site < _nodes.Length; site++)
        {
            Pass(site, 100 + _dice.Below(200));
        }
    }

    private void Submit(int site)
    {
        var node = _nodes[site];
        if (node.IsPaused || Oracle.Submitted >= UpdatesMax)
        {
            return;
        }

        var update = OrderingStage.Update(++_updates);
        Oracle.OnSubmitted(update.Digest);
        Do(node, (ordering, _) => Assert.Equal(Rejection.None, ordering.TryTakeOwn(update)));
    }

    private void Pass(int site, int milliseconds)
    {
        _nodes[site].Now += TimeSpan.FromMilliseconds(milliseconds);
        Do(_nodes[site], (_, _) => { });
    }

    private void Deliver(int from, int to)
    {
        var wire = _wires[from, to];
        if (!wire.IsDown && !_nodes[to].IsPaused && wire.Bodies.TryDequeue(out var bytes))
        {
            var body = StreamBodies.Decode(bytes);
            Assert.NotNull(body);
            Do(_nodes[to], (ordering, output) => ordering.OnBody(_nodes[to].Now, new(from), body, output));
        }
    }

    /// <summary>A register arrives: the newest, or one that was sent so many versions earlier.</summary>
    private void Register(int from, int to, int age)
    {
        var wire = _wires[from, to];
        if (from == to || wire.IsDown || _nodes[to].IsPaused)
        {
            return;
        }

        if (!_nodes[from].IsPaused)
        {
            wire.Sent.Add((_nodes[from].Ordering.Status, _nodes[from].Ordering.CreditsFor(new(to))));
        }

        var version = wire.Sent.Count - 1 - age;
        if (version > wire.Seen)
        {
            wire.Seen = version;
            var (status, credits) = wire.Sent[version];
            Do(_nodes[to], (o, output) => o.OnStatus(_nodes[to].Now, new(from), status, credits, output));
        }
    }

    private void Cut(int from, int to)
    {
        if (from != to)
        {
            _wires[from, to].Bodies.Clear();
            Do(_nodes[from], (ordering, output) => ordering.OnLinkCut(_nodes[from].Now, new(to), output));
        }
    }

    /// <summary>What a replica saves is all that it is.</summary>
    private void Restart(Node node)
    {
        node.Ordering.Save(node.Stored);
        var restored = GlobalOrdering.Load(node.Genesis, node.Site, node.Stored);
        if (_withTwins)
        {
            node.Twin = restored;
            node.TwinStored = Maps.Of(node.Stored.Range(Bytes.Empty, null));
        }
        else
        {
            node.Ordering = restored;
        }
    }

    private void Do(Node node, Action<GlobalOrdering, OrderingOutput> what)
    {
        var output = node.Do(what);
        if (node.Fault is not null)
        {
            Fault ??= node.Fault;
        }

        foreach (var word in output.Words)
        {
            var bytes = word.Body.Encode();
            Assert.True(bytes.Length <= Limits.StreamBodyBytes);
            Assert.NotEqual(node.Site, word.To);
            _wires[node.Site.Index, word.To.Index].Bodies.Enqueue(bytes);
        }

        foreach (var entry in output.Committed)
        {
            Fault ??= Oracle.OnCommitted(node.Site.Index, entry);
        }
    }

    private sealed class Wire
    {
        public Queue<Bytes> Bodies { get; } = new();

        public List<(OrderingStatus Status, ulong Credits)> Sent { get; } = [];

        public int Seen { get; set; } = -1;

        public bool IsDown { get; set; }
    }

    /// <summary>A site: its ordering, and perhaps a twin that was restored from what it saved and must think the
    /// same.</summary>
    private sealed class Node(Genesis genesis, SiteId site)
    {
        public Genesis Genesis => genesis;

        public SiteId Site => site;

        public GlobalOrdering Ordering { get; set; } = new(genesis, site);

        public GlobalOrdering? Twin { get; set; }

        public AuthenticatedMap Stored { get; } = new();

        public AuthenticatedMap TwinStored { get; set; } = new();

        public Timestamp Now { get; set; } = OrderingStage.At(1_000_000 + (site.Index * 77));

        public bool IsPaused { get; set; }

        public string? Fault { get; private set; }

        public OrderingOutput Do(Action<GlobalOrdering, OrderingOutput> what)
        {
            var output = Batch(Ordering, what);
            if (Twin is not null)
            {
                Compare(output, Batch(Twin, what));
            }

            return output;
        }

        private OrderingOutput Batch(GlobalOrdering ordering, Action<GlobalOrdering, OrderingOutput> what)
        {
            var output = new OrderingOutput();
            what(ordering, output);
            ordering.OnTime(Now, output);
            foreach (var entry in output.Committed)
            {
                ordering.OnExecuted(entry.Sequence);
            }

            // What was due has happened: a deadline that stays in the past would be held against the site's primary.
            Fault ??= ordering.NextDeadline <= Now ? $"{site} has a deadline in the past" : null;
            return output;
        }

        private void Compare(OrderingOutput own, OrderingOutput twin)
        {
            Ordering.Save(Stored);
            Twin!.Save(TwinStored);
            var isSame = Stored.Digest == TwinStored.Digest
                && Ordering.NextDeadline == Twin.NextDeadline
                && own.Words.Select(word => (word.To, word.Body.Encode()))
                    .SequenceEqual(twin.Words.Select(word => (word.To, word.Body.Encode())))
                && own.Committed.Select(entry => entry.Entry)
                    .SequenceEqual(twin.Committed.Select(entry => entry.Entry));
            Fault ??= isSame ? null : $"{site} and what it saved think differently";
        }
    }
}
