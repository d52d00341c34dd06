using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>Hashes the published state beside the pump, a few times a second. A checkpoint needs the digest of the whole state:
/// where nothing of it is hashed, the pump hashes all that a hundred batches have changed while everybody waits, at all replicas
/// at once, and for long enough that they replace their primary. Digests are remembered in the state's nodes, which never change
/// once they are published; so whoever hashes first has done it for all.</summary>
internal sealed class StateHasher : IDisposable
{
    /// <summary>The pump is left with what changed within this time. More often would hash more that changes again.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    private readonly AutoResetEvent _isOffered = new(initialState: false);
    private readonly ManualResetEvent _isStopping = new(initialState: false);
    private readonly Action<Exception> _onFailure;
    private readonly Thread _thread;
    private MapSnapshot? _offered;
    private bool _isStarted;

    /// <param name="onFailure">Told why it has ended, which is a bug here; the pump goes on without.</param>
    public StateHasher(string name, Action<Exception> onFailure)
    {
        _onFailure = onFailure;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    public void Start()
    {
        _isStarted = true;
        _thread.Start();
    }

    /// <summary>Costs the caller nothing; only the newest counts.</summary>
    public void Offer(MapSnapshot state)
    {
        if (Interlocked.Exchange(ref _offered, state) != state)
        {
            _isOffered.Set();
        }
    }

    /// <summary>Returns when nothing is being hashed any more.</summary>
    public void Dispose()
    {
        _isStopping.Set();
        if (_isStarted)
        {
            _thread.Join();
        }

        _isStopping.Dispose();
        _isOffered.Dispose();
    }

    private void Run()
    {
        try
        {
            HashUntilStopped();
        }
        catch (Exception failure)
        {
            _onFailure(failure);
        }
    }

    private void HashUntilStopped()
    {
        const int Stopping = 0;
        WaitHandle[] either = [_isStopping, _isOffered];
        while (WaitHandle.WaitAny(either) != Stopping)
        {
            _ = Volatile.Read(ref _offered)!.Digest;
            if (_isStopping.WaitOne(Every))
            {
                return;
            }
        }
    }
}
