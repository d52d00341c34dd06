namespace Holdfast.Cryptography;

/// <summary>Whose Ed25519 key a file holds, so that no key serves in another's place by a mix-up of files.</summary>
public enum KeyKind
{
    Replica = 1,
    Client = 2,
    Operator = 3,
}
