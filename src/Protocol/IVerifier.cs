namespace Holdfast.Protocol;

/// <summary>Checks Ed25519 signatures for the core; real in production, ideal in most simulated worlds. Pure and safe
/// to call from several threads. An implementation may remember what it has verified, by digest.</summary>
public interface IVerifier
{
    bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
