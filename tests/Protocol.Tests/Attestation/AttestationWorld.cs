using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>One site whose order of inputs is given: its replicas execute it each at its own pace, sign and collect
/// over a network that loses, and forget when they crash. The oracle knows what every nonce was ever used
/// for.</summary>
internal sealed class AttestationWorld
{
    private const long Turn = 5_000;

    private readonly Dice _dice;
    private readonly IdealSigning _signing = new();
    private readonly List<(long Due, int Receiver, Said Said)> _network = [];
    private readonly SortedDictionary<Digest, string> _uses = [];
    private long _now;
    private ulong _batches;

    /// <param name="noPointsBelow">So many of the first replicas commit to points that are none.</param>
    public AttestationWorld(ulong seed, int faults, int noPointsBelow = 0)
    {
        _dice = new Dice(seed);
        Genesis = Sample.Genesis(faults);
        Replicas = [.. Enumerable.Range(0, Genesis[Sample.Home].Size.Replicas).Select(index => new Node(this, index))];
        for (var index = 0; index < Replicas.Length; index++)
        {
            Replicas[index].PublishesNoPoints = index < noPointsBelow;
            Replicas[index].Start();
        }
    }

    public Genesis Genesis { get; }

    public Node[] Replicas { get; }

    /// <summary>What the site has agreed on: a statement to sign or an input.</summary>
    public List<(SiteStatement? Statement, SiteInput? Input, Timestamp Time)> Log { get; } = [];

    /// <summary>So long a word takes at least, in microseconds.</summary>
    public int DelayAtLeast { get; set; }

    /// <summary>Of a hundred words, so many are lost.</summary>
    public int LossPercent { get; set; }

    public int Retries => Log.Count(entry => entry.Input is AttestationRetry);

    public void Speak() => Order(Sample.Statement(++_batches, (byte)_dice.Below(256)), null);

    public void Run(double seconds)
    {
        for (var end = _now + (long)(seconds * 1_000_000); _now < end; _now += Turn)
        {
            foreach (var (_, receiver, said) in _network.Where(word => word.Due <= _now).ToList())
            {
                Replicas[receiver].Hear(said);
            }

            _network.RemoveAll(word => word.Due <= _now);
            foreach (var replica in Replicas)
            {
                replica.Live();
            }
        }
    }

    private void Order(SiteStatement? statement, SiteInput? input)
    {
        if (input is null || !Log.Any(entry => entry.Input == input))
        {
            Log.Add((statement, input, Sample.At(_now / 1e6)));
        }
    }

    private void Deliver(int receiver, Said said)
    {
        if (receiver == said.Replica || _dice.Below(100) >= LossPercent)
        {
            _network.Add((_now + (receiver == said.Replica ? 0 : DelayAtLeast) + _dice.Below(20_000), receiver, said));
        }
    }

    /// <summary>A nonce that has met two messages or groups gives the key away; so none may even be assigned to two, by
    /// whichever replica's machine.</summary>
    private void Use(GroupMember member, SigningGroup group)
    {
        var use = $"{group.Attempt} {group.Group} {group.Statement} {group.Members}";
        if (Genesis[Sample.Home].Size.Faults > 0 && _signing.ArePoints(member.Points))
        {
            Assert.True(_uses.TryAdd(member.Points.Hiding, use) || _uses[member.Points.Hiding] == use, use);
        }
    }

    internal sealed class Node(AttestationWorld world, int index)
    {
        private readonly SortedDictionary<(uint, uint, int), NoncePoints> _nonces = [];
        private readonly Effects _effects = new();
        private readonly AuthenticatedMap _disk = new();
        private int _savedAt = -1;
        private int _executed;

        public AttestationLedger Ledger { get; private set; } = null!;

        public ShareCollector Collector { get; private set; } = null!;

        public bool IsSilent { get; set; }

        /// <summary>Whom its shares are shown to; null for all.</summary>
        public Func<int, bool>? ShowsTo { get; set; }

        public bool GivesBadShares { get; set; }

        /// <summary>Asks for the next attempt as soon as one is assigned, and names these, whatever they do: then the first
        /// honest replica that is out of patience ends the attempt.</summary>
        public byte[]? RetriesAtOnce { get; set; }

        /// <summary>Commits to points that are none, and shows some share to everyone.</summary>
        public bool PublishesNoPoints { get; set; }

        public bool IsDown { get; set; }

        private Instant Now => new(world._now);

        public bool HasAll => Ledger.Assigned.All(batch => Collector.TryGetSignature(batch, out _));

        public void Start()
        {
            IsDown = false;
            _nonces.Clear();
            Ledger = new(world.Genesis, Sample.Home, world._signing);
            Collector = new(index, Ledger, world._signing, _ => true);
            _executed = Math.Max(_savedAt, 0);
            if (_savedAt >= 0)
            {
                Ledger.Load(_disk);
            }

            while (_executed < world.Log.Count)
            {
                Execute();
            }

            Drain();
            Collector.Resume(Now, _effects);
            Collector.OnCaughtUp(Now, _effects);
            Do();
        }

        public void Save()
        {
            Ledger.Save(_disk);
            _savedAt = _executed;
        }

        public void Hear(Said said)
        {
            if (!IsDown)
            {
                Collector.OnWord(said, Now, _effects);
                Do();
            }
        }

        public void Live()
        {
            if (IsDown)
            {
                return;
            }

            while (_executed < world.Log.Count && !world._dice.OneIn(3))
            {
                Execute();
                foreach (var group in Drain())
                {
                    if (RetriesAtOnce is { } named && group.Group == 0)
                    {
                        world.Order(null, Sample.Retry(index, group.Sequence.Number, group.Attempt, named));
                    }

                    var sender = (int)(group.Sequence.Number % (ulong)world.Replicas.Length);
                    Collector.OnAssigned(group, index == sender ? CombinerDuty.ForAll : CombinerDuty.Standby, Now, _effects);
                }
            }

            Collector.Advance(Now, _effects);
            Do();
        }

        private IReadOnlyList<SigningGroup> Drain()
        {
            var groups = Ledger.DrainNew();
            foreach (var group in groups)
            {
                foreach (var member in group.Members)
                {
                    world.Use(member, group);
                }
            }

            return groups;
        }

        private void Execute()
        {
            var (statement, input, time) = world.Log[_executed++];
            _ = input switch
            {
                NonceCommitments row => Ledger.OnCommitments(row, time),
                AttestationRetry retry => Ledger.OnRetry(retry, time),
                BadShare bad => Ledger.OnBadShare(bad, time),
                _ => Ledger.Assign(statement!, time) ? Rejection.None : Rejection.UnknownAssignment,
            };
        }

        private void Do()
        {
            for (var next = 0; next < _effects.Count; next++)
            {
                Do(_effects[next]);
            }

            _effects.Clear();
            foreach (var offer in Collector.DrainOffers())
            {
                world.Order(null, offer);
            }
        }

        private void Do(Effect effect)
        {
            switch (effect)
            {
                case Effect.MakeNonces wish:
                    Collector.OnNoncesMade(Make(wish), Now, _effects);
                    break;
                case Effect.SignInput(NonceCommitments row):
                    world.Order(null, new NonceCommitments(
                        row.KeyEpoch, row.Replica, row.Incarnation, row.Row, row.Points, new(new byte[64])));
                    break;
                case Effect.SignInput(AttestationRetry retry):
                    var silent = retry.Silent.Span.ToArray();
                    var signed = Sample.Retry(index, retry.Sequence.Number, retry.Attempt, silent);
                    Assert.Equal(signed, SiteInput.Decode(signed.Encoded.Span));
                    world.Order(null, signed);
                    break;
                case Effect.SignShare wish:
                    Sign(wish);
                    break;
                case Effect.Combine wish:
                    Collector.OnCombined(Combine(wish), Now, _effects);
                    break;
                case Effect.Broadcast(var word) when !IsSilent || word is not ThresholdShare:
                    Broadcast(word);
                    break;
                case Effect.Send(var replica, var word):
                    world.Deliver(replica, new(index, word, default));
                    break;
                case Effect.Relay(var replica, var said):
                    world.Deliver(replica, said);
                    break;
                default:
                    break;
            }
        }

        private void Broadcast(SiteWord word)
        {
            var signature = word.SignedAs is null
                ? default
                : IdealSigning.Sign(
                    Ledger.Site.ReplicaKeys[index].Span, word.SigningBytes(Ledger.SpeakerOf(index)).Span);
            for (var receiver = 0; receiver < world.Replicas.Length; receiver++)
            {
                if (word is ThresholdShare && ShowsTo?.Invoke(receiver) == false)
                {
                    continue;
                }

                world.Deliver(receiver, new(index, word, signature));
            }
        }

        private Input.NoncesMade Make(Effect.MakeNonces wish)
        {
            var points = PublishesNoPoints ? Sample.NoPoints : Sample.Points((int)(world._dice.Next() >> 40));
            for (var place = 0; place < points.Count; place++)
            {
                _nonces.Add((wish.Incarnation, wish.Row, place), points[place]);
            }

            return new(wish.KeyEpoch, wish.Incarnation, wish.Row, points);
        }

        private void Sign(Effect.SignShare wish)
        {
            var member = wish.Members.Single(one => one.Replica == index);
            if (Ledger.Site.Size.Faults > 0 && HasSpent(member))
            {
                Collector.OnShareUnavailable(new(wish.Place), _effects);
                return;
            }

            var spoilers = wish.Members.Where(member => !world._signing.ArePoints(member.Points)).ToList();
            if (Ledger.Site.Size.Faults > 0 && spoilers.Count > 0 && !PublishesNoPoints)
            {
                Collector.OnShareUnavailable(new(wish.Place, spoilers[0].Replica), _effects);
                return;
            }

            var response = GivesBadShares ? default : IdealSigning.ResponseOf(wish.Message, wish.Members, index);
            Collector.OnShareMade(new(wish.Place, response, default), _effects);
        }

        private bool HasSpent(GroupMember member) =>
            !_nonces.Remove((member.Incarnation, member.Row, member.Index), out var points) || points != member.Points;

        private Input.Combined Combine(Effect.Combine wish)
        {
            var bad = wish.Shares.Where(share =>
                share.Response != IdealSigning.ResponseOf(wish.Message, wish.Members, share.Replica));
            var culprits = ValueList.From(bad.Select(share => (byte)share.Replica));
            return culprits.Count == 0
                ? new(wish.Place, IdealSigning.Sign(Ledger.Site.PublicKey.Span, wish.Message.Span), culprits)
                : new(wish.Place, default, culprits);
        }
    }
}
