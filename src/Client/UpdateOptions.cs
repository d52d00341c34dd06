using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>How one update is to be done.</summary>
public sealed record UpdateOptions
{
    public static readonly UpdateOptions Default = new();

    /// <summary>The outcome comes with the site's signature, to be checked by anyone later.</summary>
    public bool ReceiptWanted { get; init; }

    /// <summary>The GlobalTime after which it must not run; it is rejected then.</summary>
    public Timestamp NotAfter { get; init; } = Timestamp.Never;

    /// <summary>How long to wait for the outcome; null for the client's patience.</summary>
    public TimeSpan? Patience { get; init; }
}
