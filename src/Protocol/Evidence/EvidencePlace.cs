namespace Holdfast.Protocol;

/// <summary>What the statements are about, as two numbers: one piece of evidence for each of them is
/// enough.</summary>
/// <param name="Period">The view; of a share attempt and group; of a row its incarnation.</param>
/// <param name="Number">The site sequence; of a row its number.</param>
public readonly record struct EvidencePlace(ulong Period, ulong Number);
