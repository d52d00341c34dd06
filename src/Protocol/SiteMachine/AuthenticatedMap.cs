// PLACEHOLDER until the helper 'state' pushes the real one (replace this file whole).
// Rule for all of src/Protocol: ONE flat namespace, Holdfast.Protocol, for the machines (folders SiteLog, SiteMachine, GlobalOrdering, Links,
// Attestation, Application, KeyValue are for readers; a namespace named like the class SiteLog would hide the class).
// Only Messages/ has its own: Holdfast.Protocol.Messages.
namespace Holdfast.Protocol;

#pragma warning disable CA1822 // Placeholder.
public sealed class AuthenticatedMap
{
    public Digest Digest => default;

    public bool TryGet(ReadOnlySpan<byte> key, out Bytes value)
    {
        value = default;
        return false;
    }

    public void Set(Bytes key, Bytes value) => throw new NotSupportedException();

    public void Remove(Bytes key) => throw new NotSupportedException();

    public AuthenticatedMap Snapshot() => this;
}
