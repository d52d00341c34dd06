using System.Diagnostics;
using System.Net;

namespace Holdfast.Server.Transport;

/// <summary>A handshake under way. Ended early where a newer caller wants its place.</summary>
internal sealed class HandshakeTicket(IPAddress address, CancellationTokenSource limit) : IDisposable
{
    private readonly long _began = Stopwatch.GetTimestamp();

    public IPAddress Address => address;

    public bool HasYielded { get; private set; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_began);

    /// <summary>Called under the bounds' lock, and never after <see cref="HandshakeBounds.Leave"/>.</summary>
    public void Yield()
    {
        HasYielded = true;
        limit.CancelAfter(TimeSpan.Zero);
    }

    public void Dispose() => limit.Dispose();
}

/// <summary>Counts handshakes under way, in all and by address. One that goes on for longer than an honest caller needs
/// holds its place only until somebody else wants it: so silent strangers shut nobody out.</summary>
internal sealed class HandshakeBounds(int allMax, int perAddressMax, TimeSpan yieldsAfter)
{
    private readonly Lock _gate = new();
    private readonly List<HandshakeTicket> _underWay = [];

    /// <summary>Null if there is no room.</summary>
    /// <param name="limit">Ends the handshake; owned by the ticket.</param>
    public HandshakeTicket? TryEnter(IPAddress address, CancellationTokenSource limit)
    {
        lock (_gate)
        {
            var here = _underWay.Where(ticket => ticket.Address.Equals(address)).ToList();
            var isFull = here.Count >= perAddressMax || _underWay.Count >= allMax;
            if (isFull && !TryMakeRoom(here.Count >= perAddressMax ? here : OfTheBusiestAddress()))
            {
                return null;
            }

            var ticket = new HandshakeTicket(address, limit);
            _underWay.Add(ticket);
            return ticket;
        }
    }

    public void Leave(HandshakeTicket ticket)
    {
        lock (_gate)
        {
            _underWay.Remove(ticket);
        }
    }

    private bool TryMakeRoom(List<HandshakeTicket> oldestFirst)
    {
        if (oldestFirst[0].Age < yieldsAfter)
        {
            return false;
        }

        oldestFirst[0].Yield();
        return _underWay.Remove(oldestFirst[0]);
    }

    private List<HandshakeTicket> OfTheBusiestAddress() =>
        [.. _underWay.GroupBy(ticket => ticket.Address).MaxBy(group => group.Count())!];
}
