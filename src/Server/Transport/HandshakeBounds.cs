using System.Net;

namespace Holdfast.Server.Transport;

/// <summary>Counts handshakes under way, in all and by address.</summary>
internal sealed class HandshakeBounds(int allMax, int perAddressMax)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _all;

    public bool TryEnter(IPAddress address)
    {
        lock (_gate)
        {
            var here = _byAddress.GetValueOrDefault(address);
            if (_all >= allMax || here >= perAddressMax)
            {
                return false;
            }

            _all++;
            _byAddress[address] = here + 1;
            return true;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (_gate)
        {
            _all--;
            if (--_byAddress[address] == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }
}
