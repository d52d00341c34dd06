namespace Holdfast.Server.Transport;

/// <summary>Why a connection ended, or never came about; counted in <see cref="TransportCounters"/>.</summary>
public enum ConnectionEnd
{
    /// <summary>This side closed it.</summary>
    ClosedHere,

    /// <summary>The other side closed it in good order.</summary>
    ClosedByPeer,

    /// <summary>Cut, reset or unreachable.</summary>
    NetworkFailed,

    /// <summary>The same peer has opened newer ones, up to its bound.</summary>
    Replaced,

    /// <summary>Not TLS 1.3: an older version, another protocol, garbage.</summary>
    TlsRefused,

    /// <summary>The other side showed no certificate.</summary>
    NoCertificate,

    /// <summary>The listener's caller does not know the key.</summary>
    UnknownPin,

    /// <summary>The dialled address answers with another key than the one expected.</summary>
    WrongPin,

    /// <summary>Authenticated, but the first frame is no hello.</summary>
    BadHello,

    /// <summary>A hello of a format that this version does not speak.</summary>
    UnknownFormat,

    /// <summary>Not through with handshake and hello in time.</summary>
    HandshakeTimeout,

    /// <summary>As many handshakes as are allowed were under way, in all or from this address.</summary>
    TooManyHandshakes,

    /// <summary>As many connections of this class as are allowed were open.</summary>
    TooManyConnections,

    /// <summary>A frame of length 0 or above the bound was announced.</summary>
    BadLength,

    /// <summary>A frame was begun and not finished in time.</summary>
    FrameTimeout,

    /// <summary>The other side has not taken what was written in time.</summary>
    WriteTimeout,

    /// <summary>A callback threw.</summary>
    CallbackFailed,

    /// <summary>Still a stranger when a newer caller wanted the place.</summary>
    Yielded,
}
