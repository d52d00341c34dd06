using System.Security.Cryptography;
using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>The only door: what it lets in, and by which name it refuses the rest.</summary>
public sealed class GateTests
{
    private static readonly ModelKeys Keys = new();
    private static readonly Genesis Genesis = MakeGenesis();
    private static readonly ReplicaId Far = new(new(1), 3);
    private readonly Gate _gate = new(Genesis, new(new(0), 1), Keys);

    [Fact]
    public void A_word_under_its_speakers_signature_is_admitted_from_any_peer()
    {
        var said = Sign(2, new Prepare(new(3), new(7), Digest.Of([1])));

        Assert.Equal(Rejection.None, _gate.AdmitFromPeer(2, Gate.FrameOf(said).Span, out var own));
        Assert.Equal(Rejection.None, _gate.AdmitFromPeer(3, Gate.FrameOf(said).Span, out var carried));
        Assert.Equal(new Input.Heard(said), own);
        Assert.Equal(new Input.Heard(said), carried);
    }

    [Fact]
    public void What_is_recalled_of_a_replica_must_be_signed_by_it()
    {
        var word = new Prepare(new(3), new(7), Digest.Of([1]));
        Rejection Admit(int signer) => _gate.AdmitFromPeer(
            2,
            Gate.FrameOf(new Said(
                2, new Recollection(Digest.Of([2]), [new(word, Sign(signer, word).Signature)]), Bytes.Empty)).Span,
            out _);

        Assert.Equal(Rejection.None, Admit(signer: 1));
        Assert.Equal(Rejection.BadProof, Admit(signer: 2));
    }

    [Fact]
    public void A_word_under_anothers_signature_is_refused()
    {
        var said = Sign(2, new Prepare(new(3), new(7), Digest.Of([1]))) with { Replica = 3 };

        Assert.Equal(Rejection.BadSignature, _gate.AdmitFromPeer(3, Gate.FrameOf(said).Span, out var input));
        Assert.Null(input);
    }

    [Fact]
    public void An_unsigned_word_counts_only_on_its_speakers_own_channel()
    {
        var said = new Said(2, new Commit(new(3), new(7), Digest.Of([1])), Bytes.Empty);

        Assert.Equal(Rejection.None, _gate.AdmitFromPeer(2, Gate.FrameOf(said).Span, out _));
        Assert.Equal(Rejection.UnknownSender, _gate.AdmitFromPeer(3, Gate.FrameOf(said).Span, out _));
    }

    /// <summary>Each is answered, but not one right after the other: whoever could ask in its name could keep it from
    /// its answer.</summary>
    [Fact]
    public void A_replica_that_starts_asks_on_its_own_channel_only()
    {
        var said = Sign(2, new Inquiry(0, 1, Digest.Of([1])));

        Assert.Equal(Rejection.None, _gate.AdmitFromPeer(2, Gate.FrameOf(said).Span, out _));
        Assert.Equal(Rejection.UnknownSender, _gate.AdmitFromPeer(3, Gate.FrameOf(said).Span, out _));
    }

    /// <summary>Its signature is checked only to blame, so nobody else may carry it: a forged copy would take its
    /// place.</summary>
    [Fact]
    public void A_share_counts_only_on_its_members_own_channel()
    {
        var share = new ThresholdShare(new(1, new(5), 0, 0, 2), Digest.Of([1]), Digest.Of([2]), Digest.Of([3]));
        var said = new Said(2, share, new Bytes(new byte[Limits.SignatureBytes]));

        Assert.Equal(Rejection.None, _gate.AdmitFromPeer(2, Gate.FrameOf(said).Span, out _));
        Assert.Equal(Rejection.UnknownSender, _gate.AdmitFromPeer(3, Gate.FrameOf(said).Span, out _));
    }

    /// <summary>Else whoever likes could invent a bad share in the name of a correct replica, and have it banned.</summary>
    [Fact]
    public void A_bad_share_counts_only_under_the_signature_of_the_member_that_it_accuses()
    {
        var share = new ThresholdShare(new(1, new(5), 0, 0, 2), Digest.Of([1]), Digest.Of([2]), Digest.Of([3]));
        var own = new BadShare(share, Sign(2, share).Signature);
        var framed = new BadShare(share, Sign(3, share).Signature);

        Assert.Equal(Rejection.None, Admit(own));
        Assert.Equal(Rejection.BadSignature, Admit(framed));

        Rejection Admit(BadShare bad) =>
            _gate.AdmitFromPeer(3, Gate.FrameOf(new Said(3, new HandOn(bad), Bytes.Empty)).Span, out _);
    }

    [Fact]
    public void A_frame_of_another_format_is_refused_by_that_name()
    {
        var frame = Gate.FrameOf(Sign(2, new Prepare(new(3), new(7), default))).ToArray();
        frame[0] = 1;

        Assert.Equal(Rejection.UnknownFormat, _gate.AdmitFromPeer(2, frame, out _));
    }

    [Fact]
    public void A_batch_with_one_unproven_input_is_refused_whole()
    {
        var good = Request([1]);
        var forged = Request([2]) with { FirstNumber = 9 };

        Assert.Equal(Rejection.None, Admit(new Batch(new(1), [good])));
        Assert.Equal(Rejection.BadInput, Admit(new Batch(new(1), [good, forged])));
    }

    [Fact]
    public void A_request_under_another_clients_name_is_refused()
    {
        var request = Request([1]);

        Assert.Equal(Rejection.None, _gate.AdmitFromClient(request.Client, request.Encoded.Span, out _));
        Assert.Equal(
            Rejection.UnknownSender, _gate.AdmitFromClient(ModelKeys.Public("mallory"), request.Encoded.Span, out _));
    }

    [Fact]
    public void A_site_message_is_admitted_under_the_sites_signature_and_every_path_alone()
    {
        var message = Message(to: 0);
        var other = message.Outputs[0] with { Body = Bytes.FromText("another body") };

        Assert.Equal(Rejection.None, _gate.AdmitFromSite(Far, Gate.FrameOf(message).Span, out _));
        var forged = Gate.FrameOf(message with { Outputs = [other] });
        Assert.Equal(Rejection.BadProof, _gate.AdmitFromSite(Far, forged.Span, out _));
        Assert.Equal(
            Rejection.BadSignature,
            _gate.AdmitFromSite(
                Far,
                Gate.FrameOf(message with { Statement = message.Statement with { Leaves = 2 } }).Span, out _));
    }

    [Fact]
    public void A_site_message_is_one_stretch_of_a_stream_and_a_register_before_it_at_most()
    {
        var front = new StatusFront(new(default, default, default, default, default), 0, 0, 0, default, default);
        var register = new SiteStatus(new(0), 1, 1, default, front, 0, 0, 0).Leaf();

        Assert.Equal(Rejection.None, Admit(register));
        Assert.Equal(Rejection.None, Admit(register, Place(1, 3), Place(1, 4), Place(1, 5)));
        Assert.Equal(Rejection.Malformed, Admit());
        Assert.Equal(Rejection.Malformed, Admit(Place(1, 3), Place(1, 5)));
        Assert.Equal(Rejection.Malformed, Admit(Place(1, 3), Place(2, 4)));
        Assert.Equal(Rejection.Malformed, Admit(Place(1, 4), Place(1, 3)));
        Assert.Equal(Rejection.Malformed, Admit(Place(1, 3), register));
        Assert.Equal(Rejection.Malformed, Admit(register, register));

        static Bytes Place(uint life, ulong sequence) =>
            new StreamLeaf(new(0), 1, life, sequence, Digest.Of(Bytes.Empty.Span)).Leaf();
    }

    /// <summary>Whoever kept it could give the site's next life what another has said long ago.</summary>
    [Fact]
    public void What_was_said_to_another_life_of_this_site_is_refused_and_handed_on_to_a_third_site()
    {
        var front = new StatusFront(new(default, default, default, default, default), 0, 0, 0, default, default);
        var place = new StreamLeaf(new(0), 2, 1, 1, Digest.Of(Bytes.Empty.Span)).Leaf();

        Assert.Equal(Rejection.OldLife, Admit(place));
        Assert.Equal(Rejection.OldLife, Admit(new SiteStatus(new(0), 2, 1, default, front, 0, 0, 0).Leaf()));

        var rejoined = new Gate(Genesis.WithLife(new(0), 2), new(new(0), 0), new ModelKeys());
        var toFirst = Gate.FrameOf(Message(to: 0));
        Assert.Equal(Rejection.None, _gate.AdmitFromSite(Far, toFirst.Span, out _));
        Assert.Equal(Rejection.OldLife, rejoined.AdmitFromSite(Far, toFirst.Span, out _));
        Assert.Equal(Rejection.None, rejoined.AdmitFromSite(Far, Gate.FrameOf(Message(to: 2)).Span, out _));
    }

    /// <summary>It may have to be handed on; in a batch of this site it has no place.</summary>
    [Fact]
    public void A_message_for_a_third_site_is_admitted_from_outside_and_refused_in_a_batch()
    {
        var message = Message(to: 2);

        Assert.Equal(Rejection.None, _gate.AdmitFromSite(Far, Gate.FrameOf(message).Span, out _));
        Assert.Equal(Rejection.NotForUs, _gate.RefusalOf(message));
        Assert.Equal(Rejection.BadInput, Admit(new Batch(new(1), [message])));
    }

    [Fact]
    public void A_message_of_the_own_site_does_not_come_from_outside()
    {
        var message = Message(to: 1);
        var own = message with { Statement = message.Statement with { Site = new(0) } };

        Assert.Equal(Rejection.WrongSite, _gate.AdmitFromSite(Far, Gate.FrameOf(own).Span, out _));
    }

    [Fact]
    public void Replicas_of_other_sites_ask_for_states_and_give_them_and_say_nothing_else()
    {
        var place = StatePlace.Of(new GlobalSequence(16));
        SiteWord[] good =
        [
            new StateFetch(place, StateSection.Global, Bytes.Empty, 4),
            new StateChunk(place, default, default, 1, StateSection.Global, Bytes.Empty, 1, 0, new([1])),
            new StateGone(place),
        ];
        SiteWord[] bad =
        [
            new Commit(new(1), new(1), default), new GlobalStateHeld(new(new(new(16), default), new(9))), new HandOn(Request([1])),
        ];

        foreach (var word in good)
        {
            Assert.Equal(Rejection.None, _gate.AdmitFromSite(Far, Gate.FrameOf(word).Span, out var input));
            Assert.Equal(new Input.HeardFar(Far, word), input);
        }

        Assert.All(bad, word => Assert.Equal(
            Rejection.Malformed, _gate.AdmitFromSite(Far, Gate.FrameOf(word).Span, out _)));
        Assert.Equal(Rejection.Malformed, _gate.AdmitFromSite(Far, Gate.FrameOf(good[0]).Span[..1], out _));
    }

    [Fact]
    public void A_state_is_taken_over_on_the_word_of_a_quorum_of_different_replicas_of_the_own_site()
    {
        var wish = new WishedState(new(new(16), Digest.Of([1])), new(9));
        var word = new GlobalStateHeld(wish);
        SignedBy By(int replica) => new(replica, Sign(replica, word).Signature);
        Rejection Of(params SignedBy[] holders) => _gate.RefusalOf(new InstallGlobalState(wish, new(holders)));

        Assert.Equal(Rejection.None, Of(By(0), By(1), By(3)));
        Assert.Equal(Rejection.BadProof, Of(By(0), By(1)));
        Assert.Equal(Rejection.BadProof, Of(By(0), By(1), By(3) with { Replica = 2 }));
        Assert.Equal(Rejection.BadProof, Of(By(0), By(1), By(2), By(3)));
        foreach (var other in new[] { wish with { State = new(new(17), wish.State.Digest) }, wish with { Since = new(10) } })
        {
            var install = new InstallGlobalState(other, [By(0), By(1), By(2)]);
            Assert.Equal(Rejection.BadProof, _gate.RefusalOf(install));
        }

        // One replica three times over has no encoding.
        var thrice = new InstallGlobalState(wish, [By(0), By(0), By(0)]);
        Assert.Null(SiteInput.Decode(thrice.Encoded.Span));
    }

    /// <summary>Encodings are kept once computed; a copy with other fields must not take them over.</summary>
    [Fact]
    public void A_changed_copy_of_an_input_a_batch_or_a_genesis_has_its_own_bytes()
    {
        var request = Request([1]);
        var batch = new Batch(new(1), [request]);
        var (digest, batchDigest, cluster) = (request.Digest, batch.Digest, Genesis.Cluster);

        Assert.NotEqual(digest, (request with { FirstNumber = 2 }).Digest);
        Assert.NotEqual(batchDigest, (batch with { Time = new(2) }).Digest);
        Assert.NotEqual(cluster, (Genesis with { ApplicationVersion = 2 }).Cluster);
        Assert.NotEqual(cluster, (Genesis with { MachineVersion = SiteMachine.Version + 1 }).Cluster);
        Assert.Equal(Genesis, Genesis with { });
    }

    [Fact]
    public void Hostile_bytes_are_refused_by_name_and_never_thrown_at()
    {
        Bytes[] seeds =
        [
            Gate.FrameOf(Sign(2, new Prepare(new(3), new(7), Digest.Of([1])))),
            Gate.FrameOf(Sign(2, PrePrepare.Of(new(3), new(7), new Batch(new(1), [Request([1])])))),
            Gate.FrameOf(Message(to: 0)),
            Request([1, 2, 3]).Encoded,
        ];
        for (var round = 0; round < 4000; round++)
        {
            var bytes = Mutate(seeds[round % seeds.Length].ToArray(), (uint)round);
            var refusals = new[]
            {
                _gate.AdmitFromPeer(round % 4, bytes, out _),
                _gate.AdmitFromSite(Far, bytes, out _),
                _gate.AdmitFromClient(ModelKeys.Public("client"), bytes, out _),
            };

            Assert.DoesNotContain(Rejection.None, refusals);
        }
    }

    /// <summary>Some of them are even admitted: an offer without its body, a message with fewer outputs.</summary>
    [Fact]
    public void Frames_that_are_almost_good_are_admitted_whole_or_refused_by_name()
    {
        var change = new ViewChange(new(1), StableCheckpoint.Genesis, []);
        Bytes[] golden =
        [
            Gate.FrameOf(Sign(2, PrePrepare.Of(new(3), new(7), new Batch(new(1), [Request([1]), Request([2])])))),
            Gate.FrameOf(Sign(2, new NewView(new(1), [new(1, change, Sign(1, change).Signature)]))),
            Gate.FrameOf(new Said(2, new HandOn(Request([1])), Bytes.Empty)),
            Gate.FrameOf(new StateFetch(StatePlace.Of(new GlobalSequence(16)), StateSection.Global, Bytes.Empty, 4)),
            Gate.FrameOf(Message(to: 0)),
            Request([1, 2, 3]).Encoded,
        ];
        var hostile = new HostileFrames(golden, new Dice((ulong)HostileFramesTests.Setting("HOLDFAST_FUZZ_SEED", 1)));
        for (var left = HostileFramesTests.Setting("HOLDFAST_FUZZ_CASES", 100_000); left > 0; left--)
        {
            var frame = hostile.Next();
            AssertWhole(_gate.AdmitFromPeer(left % 4, frame, out var fromPeer), fromPeer);
            AssertWhole(_gate.AdmitFromSite(Far, frame, out var fromSite), fromSite);
            AssertWhole(_gate.AdmitFromClient(ModelKeys.Public("client"), frame, out var fromClient), fromClient);
        }

        static void AssertWhole(Rejection refusal, Input? input) =>
            Assert.Equal(refusal == Rejection.None, input is not null);
    }

    /// <summary>Flips, cuts or lengthens, as the round says; never gives the original back.</summary>
    private static byte[] Mutate(byte[] bytes, uint round)
    {
        var mixed = round * 2654435761;
        switch (round % 3)
        {
            case 0:
                bytes[mixed % (uint)bytes.Length] ^= (byte)(1 << (int)(mixed >> 29));
                return bytes;
            case 1:
                return bytes[..(int)(mixed % (uint)bytes.Length)];
            default:
                return [.. bytes, (byte)mixed];
        }
    }

    private Rejection Admit(Batch batch) =>
        _gate.AdmitFromPeer(0, Gate.FrameOf(Sign(0, PrePrepare.Of(default, new(1), batch))).Span, out _);

    private static Said Sign(int replica, SiteWord word) => new(
        replica,
        word,
        ModelKeys.Sign(ReplicaName(0, replica), word.SigningBytes(Speaker.Of(Genesis, new(new(0), replica))).Span));

    private static ClientRequest Request(byte[] body)
    {
        var request = new ClientRequest(
            ModelKeys.Public("client"),
            default,
            1,
            0,
            RequestLevel.Update,
            false,
            Timestamp.Never,
            default,
            [new(OperationKind.Application, new(body))],
            new(new byte[Limits.SignatureBytes]));
        return request with { Signature = ModelKeys.Sign("client", request.SigningBytes(Genesis.Cluster).Span) };
    }

    /// <summary>A message that brings these leaves, and a batch that has one more.</summary>
    private Rejection Admit(params Bytes[] leaves)
    {
        var tree = new MerkleTree([.. leaves, Bytes.FromText("for another site")]);
        var outputs = leaves.Select((leaf, index) => new AttestedOutput((uint)index, leaf, tree.Path(index), default));
        return _gate.AdmitFromSite(Far, Gate.FrameOf(Message(0, tree, [.. outputs])).Span, out _);
    }

    private static SiteMessage Message(int to)
    {
        var body = Bytes.FromText("a body of the stream");
        var leaf = new StreamLeaf(new(to), 1, 1, 1, Digest.Of(body.Span)).Leaf();
        var tree = new MerkleTree([leaf]);
        return Message(to, tree, [new(0, leaf, tree.Path(0), body)]);
    }

    private static SiteMessage Message(int to, MerkleTree tree, ValueList<AttestedOutput> outputs)
    {
        var statement = new SiteStatement(new(1), 1, 1, new(4), (uint)tree.Count, tree.Root);
        var signature = ModelKeys.Sign("site 1", statement.SigningBytes(Genesis.Cluster).Span);
        return new(new(to), statement, signature, outputs);
    }

    private static Genesis MakeGenesis()
    {
        var sites = Enumerable.Range(0, 3).Select(site => new GenesisSite(
            new(1),
            ModelKeys.Public($"site {site}"),
            ValueList.From(Enumerable.Range(0, 4).Select(replica => ModelKeys.Public($"share {site} {replica}"))),
            ValueList.From(Enumerable.Range(0, 4).Select(replica => ModelKeys.Public(ReplicaName(site, replica))))));
        return new(
            new(new byte[Genesis.RandomBytes]),
            ValueList.From(sites),
            [new(0), new(1), new(2)],
            [new(ModelKeys.Public("client"), Roles.Reader | Roles.Writer)],
            "model",
            1);
    }

    private static string ReplicaName(int site, int replica) => $"replica {site} {replica}";

    /// <summary>Signatures that depend on key and message alike; good enough where nobody has the secret but the
    /// test.</summary>
    private sealed class ModelKeys : IVerifier
    {
        public static Bytes Public(string name) => Digest.Of(Bytes.FromText(name).Span).ToBytes();

        public static Bytes Sign(string name, ReadOnlySpan<byte> message) => Sign(Public(name).Span, message);

        public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
            Sign(publicKey, message).Span.SequenceEqual(signature);

        private static Bytes Sign(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message) =>
            new(SHA512.HashData([.. publicKey, .. message]));
    }
}
