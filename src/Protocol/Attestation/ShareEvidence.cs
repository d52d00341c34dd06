using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Turns a share that spoiled a signature into an input that every machine can verify alone (A4).</summary>
internal static class ShareEvidence
{
    /// <summary>Null if the word is not under its speaker's signature: what a third replica handed on under a false
    /// name proves nothing.</summary>
    public static BadShare? Of(Said said, AttestationLedger ledger, IVerifier verifier)
    {
        var signed = said.Word.SigningBytes(ledger.SpeakerOf(said.Replica));
        var key = ledger.Site.ReplicaKeys[said.Replica];
        return verifier.Verify(key.Span, signed.Span, said.Signature.Span)
            ? new BadShare((ThresholdShare)said.Word, said.Signature)
            : null;
    }
}
