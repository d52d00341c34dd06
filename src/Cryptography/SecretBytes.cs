using System.Runtime.InteropServices;

namespace Holdfast.Cryptography;

/// <summary>
/// Secret bytes outside the managed heap: locked, kept out of core dumps, between guard pages, zeroed when freed
/// (<c>sodium_malloc</c>). They can be read only through a <see cref="Lease"/>, which keeps them alive.
/// </summary>
internal sealed class SecretBytes : SafeHandle
{
    public SecretBytes(int length)
        : base(invalidHandleValue: 0, ownsHandle: true)
    {
        Length = length;
        SetHandle(Sodium.Allocate((nuint)length));
        if (IsInvalid)
        {
            throw new InsufficientMemoryException($"Expected {length} bytes of guarded memory; the system gave none.");
        }
    }

    public SecretBytes(ReadOnlySpan<byte> secret)
        : this(secret.Length)
    {
        using var lease = Open();
        secret.CopyTo(lease.Bytes);
    }

    public int Length { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>Gives access until the lease is disposed of, even if another thread disposes of the secret.</summary>
    public Lease Open() => new(this);

    public override string ToString() => $"{Length} secret bytes";

    protected override bool ReleaseHandle()
    {
        Sodium.Free(handle);
        return true;
    }

    /// <summary>Access to secret bytes, inside one call.</summary>
    public readonly ref struct Lease
    {
        private readonly SecretBytes _owner;

        public Lease(SecretBytes owner)
        {
            var added = false;
            owner.DangerousAddRef(ref added);
            _owner = owner;
        }

        public unsafe Span<byte> Bytes => new((void*)_owner.handle, _owner.Length);

        public void Dispose() => _owner.DangerousRelease();
    }
}
