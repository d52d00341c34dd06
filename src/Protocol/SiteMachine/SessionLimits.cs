namespace Holdfast.Protocol;

/// <summary>The bounds of what is remembered for clients. Part of what all sites agree on: they change with the version
/// of the state only.</summary>
public static class SessionLimits
{
    /// <summary>Clients that administration may add up to.</summary>
    public const int Clients = 64 * 1024;

    /// <summary>Opening one more ends the session that was used least recently.</summary>
    public const int SessionsPerClient = 16;

    /// <summary>Openings of one client that are remembered until their time is over, the session ended or not. With more, the one
    /// whose time is over first is forgotten.</summary>
    public const int OpeningsPerClient = 256;

    /// <summary>Numbers above the floor that are executed; a client that wants more has to say what is done.</summary>
    public const int Window = 1024;

    /// <summary>Once a session's recorded results have so many bytes, only the number right above the floor is
    /// executed: so the bound is this and one result, and a client can always go on.</summary>
    public const int RecordedBytes = 2 * 1024 * 1024;

    /// <summary>A session that nobody used for so long, by GlobalTime, ends.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(24);

    /// <summary>How exactly the idle time is kept: a busy session need not be written down anew for each
    /// moment.</summary>
    public static readonly TimeSpan IdleStep = TimeSpan.FromMinutes(1);

    /// <summary>Idle sessions that end with one entry; the rest with later ones.</summary>
    public const int EndedPerEntry = 16;
}
