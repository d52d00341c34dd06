using Holdfast.Protocol;

namespace Holdfast.Node;

/// <summary>
/// Holds one replica's share of its site's key and its nonces, in memory only (RFC 9591). What it answers goes back
/// into the core as an input.
/// </summary>
public interface IShareSigner
{
    /// <summary>Makes a row of nonces and tells their points; null where that row must not be made (again).</summary>
    Input? MakeNonces(Effect.MakeNonces wish);

    /// <summary>The own share, or that there is none; the nonces of the place are gone afterwards, in any
    /// case.</summary>
    Input SignShare(Effect.SignShare wish);

    /// <summary>The signature of a whole group, or whose shares are bad.</summary>
    Input.Combined Combine(Effect.Combine wish);
}
