using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>The most that may wait for the pump; what comes beyond it is refused by name and may come again.</summary>
internal sealed record InputQueueBounds
{
    public int ReplicaInputsMax { get; init; } = 16 * 1024;

    public long ReplicaBytesMax { get; init; } = 64L * 1024 * 1024;

    public int ClientInputsMax { get; init; } = 4 * 1024;

    /// <summary>Of one client, here and in bytes below: the others have the rest.</summary>
    public int InputsPerClientMax { get; init; } = 256;

    public long ClientBytesMax { get; init; } = 32L * 1024 * 1024;

    public long BytesPerClientMax { get; init; } = 8L * 1024 * 1024;
}

/// <summary>What the gate has admitted and the pump has not taken yet. Replicas go first, clients take turns one by
/// one, and of every take clients have a part that replicas cannot use up. Many writers, one reader.</summary>
internal sealed class InputQueue(InputQueueBounds bounds)
{
    // Of a full turn, so much at least is for clients if they wait.
    private const int ClientPart = 4;

    private readonly object _gate = new();
    private readonly Queue<Waiting> _replicas = new();
    private readonly Dictionary<Bytes, OfClient> _clients = [];
    private readonly Queue<Bytes> _turns = new();
    private long _replicaBytes;
    private long _clientBytes;
    private int _clientInputs;
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
                return _clientInputs;
            }
        }
    }

    /// <param name="bytes">What it came as: its weight in the queue.</param>
    public Rejection Offer(Input input, int bytes)
    {
        lock (_gate)
        {
            if (_replicas.Count >= bounds.ReplicaInputsMax || _replicaBytes + bytes > bounds.ReplicaBytesMax)
            {
                return Rejection.Overloaded;
            }

            _replicaBytes += bytes;
            _replicas.Enqueue(new(input, bytes));
            Monitor.Pulse(_gate);
            return Rejection.None;
        }
    }

    public Rejection OfferFromClient(Bytes client, Input input, int bytes)
    {
        lock (_gate)
        {
            var own = _clients.GetValueOrDefault(client);
            if (_clientInputs >= bounds.ClientInputsMax
                || _clientBytes + bytes > bounds.ClientBytesMax)
            {
                return Rejection.Overloaded;
            }

            if (own?.Inputs.Count >= bounds.InputsPerClientMax || own?.Bytes + bytes > bounds.BytesPerClientMax)
            {
                return Rejection.ShareUsedUp;
            }

            if (own is null)
            {
                _clients.Add(client, own = new());
                _turns.Enqueue(client);
            }

            _clientInputs++;
            _clientBytes += bytes;
            own.Bytes += bytes;
            own.Inputs.Enqueue(new(input, bytes));
            Monitor.Pulse(_gate);
            return Rejection.None;
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
            if (_replicas.Count == 0 && _clientInputs == 0 && !_isWoken && patience > TimeSpan.Zero)
            {
                Monitor.Wait(_gate, patience);
            }

            _isWoken = false;
            var forClients = Math.Min(_clientInputs, max / ClientPart);
            while (into.Count < max - forClients && _replicas.TryDequeue(out var waiting))
            {
                _replicaBytes -= waiting.Bytes;
                into.Add(waiting.Input);
            }

            while (into.Count < max && _turns.TryDequeue(out var client))
            {
                TakeOne(client, into);
            }
        }
    }

    private void TakeOne(Bytes client, List<Input> into)
    {
        var own = _clients[client];
        var waiting = own.Inputs.Dequeue();
        own.Bytes -= waiting.Bytes;
        _clientInputs--;
        _clientBytes -= waiting.Bytes;
        into.Add(waiting.Input);
        if (own.Inputs.Count > 0)
        {
            _turns.Enqueue(client);
        }
        else
        {
            _clients.Remove(client);
        }
    }

    private sealed class OfClient
    {
        public Queue<Waiting> Inputs { get; } = new();

        public long Bytes { get; set; }
    }

    private readonly record struct Waiting(Input Input, int Bytes);
}
