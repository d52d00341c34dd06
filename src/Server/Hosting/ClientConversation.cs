using Holdfast.Protocol;

namespace Holdfast.Server.Hosting;

/// <summary>What is known of one client connection: whether it has said who it is, and whether it has ended. A hello
/// may be checked in a lane while the connection ends in another thread.</summary>
internal sealed class ClientConversation
{
    private readonly Lock _gate = new();
    private Bytes? _client;
    private int _waiting;
    private long _waitingBytes;
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

    /// <summary>A frame came. False if as many wait already as this connection may have: others have the rest of the
    /// lane.</summary>
    public bool TryEnter(int bytes)
    {
        lock (_gate)
        {
            if (_waiting >= (_client is null ? HostLimits.FramesPerStranger : HostLimits.FramesPerConnection)
                || _waitingBytes + bytes > HostLimits.BytesPerConnection)
            {
                return false;
            }

            _waiting++;
            _waitingBytes += bytes;
            return true;
        }
    }

    /// <summary>A frame has been looked at.</summary>
    public void Leave(int bytes)
    {
        lock (_gate)
        {
            _waiting--;
            _waitingBytes -= bytes;
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
