using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>What is known of one client connection: whether it has said who it is, and whether it has ended. A hello
/// may be checked in a lane while the connection ends in another thread.</summary>
internal sealed class ClientConversation
{
    private readonly Lock _gate = new();
    private Bytes? _client;
    private int _waiting;
    private bool _isOver;
    private bool _isSeenWaiting;

    public Bytes? Client
    {
        get
        {
            lock (_gate)
            {
                return _client;
            }
        }
    }

    /// <summary>The client has proved its key. False, and nothing is done, if the connection is over.</summary>
    public bool Begin(Bytes client, Action enter)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return false;
            }

            _client = client;
            enter();
            return true;
        }
    }

    /// <summary>A frame came. False if nobody knows whose it is and as many wait already as a stranger may have; a
    /// client has its share of the lane.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_client is null && _waiting >= HostLimits.FramesPerStranger)
            {
                return false;
            }

            _waiting++;
            return true;
        }
    }

    /// <summary>A frame has been looked at.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _waiting--;
        }
    }

    /// <summary>The connection is over; tells whose it was, if anybody's.</summary>
    public Bytes? End()
    {
        lock (_gate)
        {
            _isOver = true;
            return _client;
        }
    }

    /// <summary>True from the second sweep on that meets it.</summary>
    public bool IsLate()
    {
        lock (_gate)
        {
            var was = _isSeenWaiting;
            _isSeenWaiting = true;
            return was;
        }
    }
}
