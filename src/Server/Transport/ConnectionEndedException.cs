namespace Holdfast.Server.Transport;

/// <summary>Carries the reason from where a connection breaks off to where that is counted.</summary>
internal sealed class ConnectionEndedException(ConnectionEnd end, Exception? cause)
    : Exception($"The connection ended: {end}.", cause)
{
    public ConnectionEnd End => end;
}
