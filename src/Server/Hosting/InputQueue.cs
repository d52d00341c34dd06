using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>The most that may wait for the pump; what comes beyond it is refused by name and may come again.</summary>
internal sealed record InputQueueBounds
{
    public int ReplicaInputsMax { get; init; } = 16 * 1024;

    public long ReplicaBytesMax { get; init; } = 64L * 1024 * 1024;

    public int ClientInputsMax { get; init; } = 4 * 1024;

    public long ClientBytesMax { get; init; } = 32L * 1024 * 1024;
}

/// <summary>What the gate has admitted and the pump has not taken yet. What became of connections comes first; then
/// replicas, who take turns, and clients after them, who have a part of every take that replicas cannot use up. Many
/// writers, one reader.</summary>
internal sealed class InputQueue(InputQueueBounds bounds)
{
    // Of a full turn, so much at least is for clients if they wait.
    private const int ClientPart = 4;

    private readonly object _gate = new();
    private readonly FairQueue<ReplicaId, Input> _replicas = new(bounds.ReplicaInputsMax, bounds.ReplicaBytesMax);
    private readonly FairQueue<Bytes, Input> _clients = new(bounds.ClientInputsMax, bounds.ClientBytesMax);
    private readonly SortedDictionary<ReplicaId, Input> _roads = [];
    private bool _isWoken;

    public int ReplicaInputs
    {
        get
        {
            lock (_gate)
            {
                return _replicas.Count;
            }
        }
    }

    public int ClientInputs
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count;
            }
        }
    }

    /// <param name="sender">Who said it on its own connection.</param>
    /// <param name="bytes">What it came as: its weight in the queue.</param>
    public Rejection Offer(ReplicaId sender, Input input, int bytes) => Offer(_replicas, sender, input, bytes);

    /// <summary>What brings a long answer weighs more than it is long.</summary>
    public Rejection OfferFromClient(Bytes client, Input input, int bytes) =>
        Offer(_clients, client, input, input is Input.ReplyWanted ? bytes + Limits.ReplyWantedBytes : bytes);

    /// <summary>The connection to a replica is there, or has ended. Only the latest of each replica is kept, so these
    /// are never refused: a replica that was never told of the return would be held to be gone for ever.</summary>
    public void Tell(ReplicaId replica, bool isConnected)
    {
        lock (_gate)
        {
            _roads[replica] = isConnected ? new Input.Connected(replica) : new Input.Disconnected(replica);
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends a wait at once.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits until something is here or the patience is over, then takes as much as a turn may have.</summary>
    public void Take(List<Input> into, int max, TimeSpan patience)
    {
        lock (_gate)
        {
            if (_replicas.Count == 0 && _clients.Count == 0 && !_isWoken && patience > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, patience);
            }

            _isWoken = false;
            into.AddRange(_roads.Values);
            _roads.Clear();
            var forClients = Math.Min(_clients.Count, max / ClientPart);
            while (into.Count < max - forClients && _replicas.TryTake(out var input))
            {
                into.Add(input);
            }

            while (into.Count < max && _clients.TryTake(out var input))
            {
                into.Add(input);
            }
        }
    }

    private Rejection Offer<TSource>(FairQueue<TSource, Input> queue, TSource source, Input input, int bytes)
        where TSource : notnull
    {
        lock (_gate)
        {
            var refusal = queue.Offer(source, input, bytes);
            if (refusal == Rejection.None)
            {
                Monitor.Pulse(_gate);
            }

            return refusal;
        }
    }
}
