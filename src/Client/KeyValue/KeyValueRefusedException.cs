using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>The store did not do what was asked; nothing was changed.</summary>
public sealed class KeyValueRefusedException(KeyValueError error, ulong revision)
    : Exception($"The key-value store refused: {error}, at revision {revision}.")
{
    public KeyValueError Error => error;

    public ulong Revision => revision;
}
