using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>A site in a box: replicas, virtual time, a network that delays, loses and repeats, and one seed for it all.
/// Times are in microseconds.</summary>
internal sealed class SiteBox
{
    private static readonly IdealSigning Verifier = new();
    private readonly PriorityQueue<Action, (long At, ulong Order)> _events = new();
    private readonly SortedDictionary<(int Replica, int Face), long> _wakes = [];
    private readonly SortedDictionary<Digest, SiteInput> _offered = [];
    private readonly HashSet<Said> _admitted = new(ReferenceEqualityComparer.Instance);
    private readonly Dice _dice;
    private ulong _order;

    /// <param name="twins">Replicas that run twice, with one name and key: two-faced by construction.</param>
    public SiteBox(ulong seed, int faults, params int[] twins)
    {
        Seed = seed;
        _dice = new(seed);
        Judge = new(seed);
        Genesis = Sample.Genesis(faults);
        Size = Genesis[Sample.Home].Size;
        for (var index = 0; index < Size.Replicas; index++)
        {
            var faces = twins.Contains(index) ? new[] { 1, 2 } : [0];
            Replicas.AddRange(faces.Select(face => new BoxReplica(
                this, index, face, _dice.Below(1_000_000_000), _dice.Below(30_000) - 15_000)));
        }

        SideOf = [.. Enumerable.Range(0, Size.Replicas).Select(_ => 1 + _dice.Below(2))];
    }

    public ulong Seed { get; }

    public Genesis Genesis { get; }

    public SiteSize Size { get; }

    public BoxJudge Judge { get; }

    public List<BoxReplica> Replicas { get; } = [];

    /// <summary>Which face of a twin each replica sees.</summary>
    public int[] SideOf { get; }

    /// <summary>If set, replicas of different sides do not reach one another at all.</summary>
    public bool IsParted { get; set; }

    /// <summary>Whether journals are cut behind stored states, so that old batches are gone.</summary>
    public bool CutsJournals { get; init; }

    public long Now { get; private set; } = 1_700_000_000_000_000;

    /// <summary>One word in so many is lost; 0: none.</summary>
    public int LossOneIn { get; set; }

    public int RepeatOneIn { get; set; }

    public int DelayMax { get; set; } = 1_000;

    public SortedSet<int> CutOff { get; } = [];

    public IEnumerable<BoxReplica> Correct => Replicas.Where(replica => replica.IsCorrect);

    public IEnumerable<BoxReplica> CorrectAndUp => Correct.Where(replica => replica.IsUp);

    public long FlushTime() => 50 + _dice.Below(400);

    public static ClientRequest Request(Dice dice, int length = 40) => new(
        dice.Bytes(32), default, 1, 0, RequestLevel.Update, false, Timestamp.Never, default,
        [new Operation(OperationKind.Application, dice.Bytes(length))], dice.Bytes(64));

    public void At(long at, Action action) => _events.Enqueue(action, (at, _order++));

    public void WakeAt(BoxReplica replica, long at)
    {
        var key = (replica.Index, replica.Face);
        if (_wakes.TryGetValue(key, out var planned) && planned <= at && planned > Now)
        {
            return;
        }

        _wakes[key] = at;
        var life = replica.Life;
        At(Math.Max(at, Now + 1), () =>
        {
            if (replica.IsUp && replica.Life == life && _wakes[key] <= Now)
            {
                _wakes.Remove(key);
                replica.Tick();
            }
        });
    }

    public void LeaveAt(BoxReplica replica, long at, int records, List<(int To, Said Said)> words)
    {
        var life = replica.Life;
        At(at, () =>
        {
            if (!replica.IsUp || replica.Life != life)
            {
                return;
            }

            replica.Flushed(records, words.Any(word => word.Said.Word is Checkpoint && word.Said.Replica == replica.Index));
            foreach (var (to, said) in words)
            {
                Judge.OnSaid(replica, said);
                if (_admitted.Add(said) && !IsAdmitted(this, said))
                {
                    throw new BoxBrokenException($"{said.Word.Kind} of {said.Replica} is not admitted; seed {Seed}");
                }

                Send(replica, to, said);
            }
        });
    }

    /// <summary>A client's request reaches some replicas.</summary>
    public SiteInput Offer(SiteInput input, params int[] replicas)
    {
        _offered[input.Digest] = input;
        foreach (var replica in Replicas.Where(replica => replicas.Contains(replica.Index) && replica.IsUp))
        {
            At(Now + 1 + _dice.Below(DelayMax), () => OfferTo(replica, input));
        }

        return input;
    }

    public void Restart(BoxReplica replica)
    {
        _wakes.Remove((replica.Index, replica.Face));
        replica.Start();
    }

    public void Crash(BoxReplica replica) => replica.Crash(_dice);

    public void Run(long microseconds)
    {
        var end = Now + microseconds;
        while (_events.TryPeek(out _, out var when) && when.At <= end)
        {
            var next = _events.Dequeue();
            Now = Math.Max(Now, when.At);
            next();
        }

        Now = end;
    }

    /// <summary>No more trouble; clients ask again. All that was offered must be executed, by all, alike.</summary>
    public void MustProgress(int seconds = 60)
    {
        (LossOneIn, RepeatOneIn, DelayMax, IsParted) = (0, 0, 1_000, false);
        CutOff.Clear();
        for (var waited = 0; waited < seconds; waited++)
        {
            var open = _offered.Values
                .Where(input => !CorrectAndUp.All(replica => replica.Machine.HasDone(input)))
                .ToArray();
            if (open.Length == 0 && CorrectAndUp.Select(replica => replica.Log.Executed.Number).Max() is var most
                && CorrectAndUp.All(replica => replica.Log.Executed.Number + 2 >= most))
            {
                return;
            }

            foreach (var input in open)
            {
                Offer(input, [.. Enumerable.Range(0, Size.Replicas)]);
            }

            Run(1_000_000);
        }

        throw new BoxBrokenException($"L: no progress; seed {Seed}\n{this}");
    }

    public override string ToString() => string.Join('\n', Replicas.Select(replica =>
        $"{replica.Index}.{replica.Face} up={replica.IsUp} life={replica.Life} {replica.Log.View} "
        + $"installed={replica.Log.IsInstalled} executed={replica.Log.Executed} stable={replica.Log.Stable} "
        + $"pooled={replica.Log.Pooled} bound={replica.Log.Bound} [{string.Join(' ', replica.Rejections)}]"));

    private static bool IsAdmitted(SiteBox box, Said said)
    {
        var decoded = SiteWords.Decode(said.Word.Kind, SiteWords.Encode(said.Word).Span);
        return decoded == said.Word
            && (said.Word.SignedAs is null
                || new SignedBy(said.Replica, said.Signature)
                    .IsSignatureOf(said.Word, box.Genesis, Sample.Home, Verifier))
            && SiteWords.IsProven(said.Word, box.Genesis, Sample.Home, Verifier);
    }

    private static void OfferTo(BoxReplica replica, SiteInput input)
    {
        if (replica.IsUp)
        {
            replica.Offer(input);
        }
    }

    private void Send(BoxReplica sender, int to, Said said)
    {
        foreach (var receiver in Replicas.Where(replica => replica.Index == to && Reaches(sender, replica)))
        {
            var isOwn = receiver == sender;
            if (isOwn)
            {
                At(Now, () => Deliver(receiver, receiver.Life, said));
                continue;
            }

            if (CutOff.Contains(sender.Index) || CutOff.Contains(to) || (LossOneIn > 0 && _dice.OneIn(LossOneIn)))
            {
                continue;
            }

            var copies = RepeatOneIn > 0 && _dice.OneIn(RepeatOneIn) ? 2 : 1;
            for (var copy = 0; copy < copies; copy++)
            {
                At(Now + 20 + _dice.Below(DelayMax), () => Deliver(receiver, life: null, said));
            }
        }
    }

    private bool Reaches(BoxReplica sender, BoxReplica receiver)
    {
        if (sender.Index == receiver.Index)
        {
            return sender == receiver;
        }

        var (from, to) = (SideOfFace(sender), SideOfFace(receiver));
        return from == to || (!IsParted && sender.IsCorrect && receiver.IsCorrect)
            || (!IsParted && sender.IsCorrect != receiver.IsCorrect && !receiver.IsCorrect);
    }

    private int SideOfFace(BoxReplica replica) => replica.IsCorrect ? SideOf[replica.Index] : replica.Face;

    private static void Deliver(BoxReplica receiver, int? life, Said said)
    {
        if (!receiver.IsUp || (life is not null && life != receiver.Life))
        {
            return;
        }

        receiver.Hear(said);
    }
}
