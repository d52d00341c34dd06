namespace Holdfast.Client;

/// <summary>How long requests of one level usually take, and the bound that follows from it.</summary>
internal sealed class UsualTime(ClientSessionSettings settings)
{
    private TimeSpan _usual = TimeSpan.FromMilliseconds(250);

    /// <summary>Only a request that was sent once counts: of another, nobody knows which try was answered.</summary>
    public void Took(TimeSpan time) => _usual = ((_usual * 7) + time) / 8;

    /// <summary>Four times the usual time within the limits, doubled by each try that failed.</summary>
    public TimeSpan Bound(int tries)
    {
        var bound = _usual * 4 < settings.BoundMin ? settings.BoundMin : _usual * 4;
        bound *= 1 << Math.Min(tries, 8);
        return bound < settings.BoundMax ? bound : settings.BoundMax;
    }
}
