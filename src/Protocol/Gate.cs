using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The only door: bytes become an admitted <see cref="Input"/>, or a named rejection. It looks at bytes only
/// (form, size, cluster, signatures under the keys that the input itself names), keeps no state, and may run on any
/// number of worker threads at once. What depends on state is judged later, by the machines.</summary>
public sealed class Gate(Genesis genesis, ReplicaId self, IVerifier verifier)
{
    private const byte Format = 2;

    // How a word to a replica of another site begins; a site's message begins with the format.
    private const byte FarFormat = 0x82;

    /// <summary>The frame in which a word travels between replicas of a site.</summary>
    public static Bytes FrameOf(Said said)
    {
        ArgumentNullException.ThrowIfNull(said);
        var writer = new WireWriter();
        writer.Byte(Format);
        writer.Byte((byte)said.Word.Kind);
        writer.Byte((byte)said.Replica);
        writer.Bytes(said.Signature);
        said.Word.Write(writer);
        return writer.ToBytes();
    }

    /// <summary>The frame in which a site's message travels between sites.</summary>
    public static Bytes FrameOf(SiteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new Bytes([Format, .. message.Encoded.Span]);
    }

    /// <summary>The frame in which a word travels to a replica of another site.</summary>
    public static Bytes FrameOf(SiteWord word)
    {
        ArgumentNullException.ThrowIfNull(word);
        var writer = new WireWriter();
        writer.Byte(FarFormat);
        writer.Byte((byte)word.Kind);
        word.Write(writer);
        return writer.ToBytes();
    }

    /// <summary>A frame from a replica of the own site, whose channel is authenticated.</summary>
    public Rejection AdmitFromPeer(int replica, ReadOnlySpan<byte> frame, out Input? input)
    {
        input = null;
        var refusal = ReadWord(replica, frame, out var said);
        if (refusal == Rejection.None)
        {
            refusal = RefusalOf(said!);
        }

        if (refusal == Rejection.None)
        {
            input = new Input.Heard(said!);
        }

        return refusal;
    }

    /// <summary>A frame from a replica of another site, whose channel is authenticated. Who carries a site's message does
    /// not matter: the proof is in it.</summary>
    public Rejection AdmitFromSite(ReplicaId sender, ReadOnlySpan<byte> frame, out Input? input)
    {
        input = null;
        if (!frame.IsEmpty && frame[0] == FarFormat)
        {
            return AdmitFarWord(sender, frame, out input);
        }

        if (frame.Length > Limits.SiteMessageBytes)
        {
            return Rejection.TooLarge;
        }

        if (frame.IsEmpty || frame[0] != Format)
        {
            return Rejection.UnknownFormat;
        }

        if (SiteInput.Decode(frame[1..]) is not SiteMessage message)
        {
            return Rejection.Malformed;
        }

        // A message for another site is admitted here too: it may have to be handed on, and its proof is in it.
        var refusal = RefusalOfProof(message);
        input = refusal == Rejection.None ? new Input.Offered(message) : null;
        return refusal;
    }

    /// <summary>States alone are asked for and given between replicas of different sites: a chunk proves itself under the
    /// digest that its receiver knows.</summary>
    private static Rejection AdmitFarWord(ReplicaId sender, ReadOnlySpan<byte> frame, out Input? input)
    {
        input = null;
        if (frame.Length > Limits.FrameBytes)
        {
            return Rejection.TooLarge;
        }

        var word = frame.Length < 2 ? null : SiteWords.Decode((SiteWordKind)frame[1], frame[2..]);
        if (word is not (StateFetch or StateChunk or StateGone))
        {
            return Rejection.Malformed;
        }

        input = new Input.HeardFar(sender, word);
        return Rejection.None;
    }

    /// <summary>An encoded request from a client, whose channel is authenticated.</summary>
    public Rejection AdmitFromClient(Bytes client, ReadOnlySpan<byte> encodedInput, out Input? input)
    {
        input = null;
        if (encodedInput.Length > Limits.RequestBytes)
        {
            return Rejection.TooLarge;
        }

        if (SiteInput.Decode(encodedInput) is not ClientRequest request)
        {
            return Rejection.Malformed;
        }

        return request.Client == client ? Admit(request, out input) : Rejection.UnknownSender;
    }

    /// <summary>Why an input's own proof does not hold; None if it holds.</summary>
    public Rejection RefusalOf(SiteInput input) => input switch
    {
        ClientRequest request => RefusalOf(request),
        SiteMessage message => message.To == self.Site ? RefusalOfProof(message) : Rejection.NotForUs,
        NonceCommitments row => SignedByReplica(
            row.Replica, NonceCommitments.SignedAs, row.WriteSigned, row.Signature),
        AttestationRetry retry => SignedByReplica(
            retry.Replica, AttestationRetry.SignedAs, retry.WriteSigned, retry.Signature),
        BadShare bad => SignedByReplica(
            bad.Share.Place.Member, bad.Share.SignedAs, bad.Share.WriteSigned, bad.ShareSignature),
        ReplicaReturns returns => SignedByReplica(
            returns.Replica, ReplicaReturns.SignedAs, returns.WriteSigned, returns.Signature),
        InstallGlobalState install => install.IsProven(genesis, self.Site, verifier)
            ? Rejection.None
            : Rejection.BadProof,
        _ => Rejection.UnknownKind,
    };

    private Rejection Admit(SiteInput admitted, out Input? input)
    {
        var refusal = RefusalOf(admitted);
        input = refusal == Rejection.None ? new Input.Offered(admitted) : null;
        return refusal;
    }

    private Rejection ReadWord(int replica, ReadOnlySpan<byte> frame, out Said? said)
    {
        said = null;
        if (frame.Length > Limits.FrameBytes)
        {
            return Rejection.TooLarge;
        }

        var reader = new WireReader(frame);
        var format = reader.Byte();
        var kind = (SiteWordKind)reader.Byte();
        var speaker = reader.Byte();
        var signature = reader.Bytes(Limits.SignatureBytes);
        if (reader.Failed)
        {
            return Rejection.Malformed;
        }

        if (format != Format)
        {
            return Rejection.UnknownFormat;
        }

        var word = SiteWords.Decode(kind, reader.Rest());
        if (word is null)
        {
            return Rejection.Malformed;
        }

        // Only a word whose signature is checked here may be carried by another than its speaker, and no question: old
        // ones, said again and again, would keep the answers from the one that waits for them.
        var isCheckedHere = word.SignedAs is not null && word is not (ThresholdShare or Inquiry);
        if (speaker >= genesis[self.Site].Size.Replicas || (!isCheckedHere && speaker != replica))
        {
            return Rejection.UnknownSender;
        }

        if (signature.Length != (word.SignedAs is null ? 0 : Limits.SignatureBytes))
        {
            return Rejection.Malformed;
        }

        said = new(speaker, word, signature);
        return Rejection.None;
    }

    private Rejection RefusalOf(Said said)
    {
        var word = said.Word;

        // The outer signature of a share is checked only to blame: combining checks the shares themselves.
        if (word.SignedAs is { } name && word is not ThresholdShare)
        {
            var refusal = SignedByReplica(said.Replica, name, word.WriteSigned, said.Signature);
            if (refusal != Rejection.None)
            {
                return refusal;
            }
        }

        return word switch
        {
            PrePrepare { Batch: { } batch } => RefusalOf(batch),

            // An offer may come without its body: whatever way the body takes, nobody invents an input.
            CommittedBatch committed => RefusalOf(committed.Batch),
            HandOn handOn => RefusalOf(handOn.Input),
            Recollection recalled => RefusalOf(recalled),
            _ => SiteWords.IsProven(word, genesis, self.Site, verifier) ? Rejection.None : Rejection.BadProof,
        };
    }

    /// <summary>What somebody recalls of this replica must be signed by it.</summary>
    private Rejection RefusalOf(Recollection recalled) => recalled.Words.All(word =>
        new SignedBy(self.Index, word.Signature).IsSignatureOf(word.Word, genesis, self.Site, verifier))
        ? Rejection.None
        : Rejection.BadProof;

    private Rejection RefusalOf(Batch batch)
    {
        foreach (var input in batch.Inputs)
        {
            if (RefusalOf(input) != Rejection.None)
            {
                return Rejection.BadInput;
            }
        }

        return Rejection.None;
    }

    private Rejection RefusalOf(ClientRequest request) =>
        verifier.Verify(request.Client.Span, request.SigningBytes(genesis.Cluster).Span, request.Signature.Span)
            ? Rejection.None
            : Rejection.BadSignature;

    private Rejection RefusalOfProof(SiteMessage message)
    {
        var statement = message.Statement;
        if (statement.Site.Index >= genesis.Sites.Count || statement.Site == self.Site
            || message.To.Index >= genesis.Sites.Count || message.To == statement.Site)
        {
            return Rejection.WrongSite;
        }

        if (statement.SiteLife < Speaker.FirstLife || statement.KeyEpoch < SiteStatement.FirstKeyEpoch)
        {
            return Rejection.OldLife;
        }

        if (!message.IsOneStretch)
        {
            return Rejection.Malformed;
        }

        var key = genesis[statement.Site].PublicKey;
        if (!verifier.Verify(key.Span, statement.SigningBytes(genesis.Cluster).Span, message.Signature.Span))
        {
            return Rejection.BadSignature;
        }

        foreach (var output in message.Outputs)
        {
            if (!IsProven(message, output))
            {
                return Rejection.BadProof;
            }
        }

        // What was said to another life of this site says nothing to this one.
        return message.To == self.Site && message.Outputs.Any(output => LifeOfReceiver(output) != genesis[self.Site].Life)
            ? Rejection.OldLife
            : Rejection.None;
    }

    private static uint? LifeOfReceiver(AttestedOutput output) =>
        StreamLeaf.FromLeaf(output.Leaf)?.ToLife ?? SiteStatus.FromLeaf(output.Leaf)?.ToLife;

    private static bool IsProven(SiteMessage message, AttestedOutput output)
    {
        var statement = message.Statement;
        var isForReceiver = StreamLeaf.FromLeaf(output.Leaf) is { } stream
            ? stream.To == message.To && Digest.Of(output.Body.Span) == stream.Body
            : SiteStatus.FromLeaf(output.Leaf) is { } status && status.To == message.To && output.Body.IsEmpty;
        return isForReceiver
            && MerkleTree.Verify(
                output.Leaf.Span, (int)output.Index, (int)statement.Leaves, output.Path, statement.Root);
    }

    private Rejection SignedByReplica(int replica, string name, Action<WireWriter> write, Bytes signature)
    {
        var site = genesis[self.Site];
        if (replica >= site.Size.Replicas)
        {
            return Rejection.UnknownSender;
        }

        var signed = Speaker.Of(genesis, new(self.Site, replica)).Begin(name);
        write(signed);
        var isValid = verifier.Verify(site.ReplicaKeys[replica].Span, signed.WrittenSpan, signature.Span);
        signed.End();
        return isValid ? Rejection.None : Rejection.BadSignature;
    }
}
