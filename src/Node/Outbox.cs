using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Node;

/// <summary>
/// Sends what a pass of a turn has to say, after its flush: in the order asked for, all frames to one peer together.
/// Words are signed only here, when what they rest on is on disk.
/// </summary>
internal sealed class Outbox
{
    private readonly IReplicaNetwork _network;
    private readonly IReplicaSigner _signer;
    private readonly PumpCounters _counters;
    private readonly Speaker _speaker;
    private readonly int _self;
    private readonly List<Bytes>[] _toPeers;

    public Outbox(
        Genesis genesis, ReplicaId self, IReplicaNetwork network, IReplicaSigner signer, PumpCounters counters)
    {
        _network = network;
        _signer = signer;
        _counters = counters;
        _speaker = Speaker.Of(genesis, self);
        _self = self.Index;
        _toPeers = [.. Enumerable.Range(0, genesis[self.Site].Size.Replicas).Select(_ => new List<Bytes>())];
    }

    /// <summary>A word in the own name.</summary>
    public Said Say(SiteWord word) =>
        new(_self, word, word.SignedAs is null ? Bytes.Empty : Sign(word.SigningBytes(_speaker).Span));

    /// <summary>The input under the own signature.</summary>
    public SiteInput Sign(SiteInput input) => input switch
    {
        NonceCommitments row => new NonceCommitments(
            row.KeyEpoch, row.Replica, row.Incarnation, row.Row, row.Points,
            Sign(NonceCommitments.SignedAs, row.WriteSigned)),
        AttestationRetry retry => new AttestationRetry(
            retry.Replica, retry.Sequence, retry.Attempt, retry.Silent,
            Sign(AttestationRetry.SignedAs, retry.WriteSigned)),
        ReplicaReturns returns => new ReplicaReturns(
            returns.Replica, returns.Life, returns.Disk, Sign(ReplicaReturns.SignedAs, returns.WriteSigned)),
        _ => throw new ArgumentException($"A replica does not sign a {input.Kind}.", nameof(input)),
    };

    public void ToAllPeers(Said said)
    {
        var frame = Gate.FrameOf(said);
        for (var peer = 0; peer < _toPeers.Length; peer++)
        {
            ToPeer(peer, frame);
        }
    }

    public void ToPeer(int peer, Said said) => ToPeer(peer, Gate.FrameOf(said));

    public void ToSite(ReplicaId receiver, SiteMessage message)
    {
        var frame = Gate.FrameOf(message);
        _counters.Sent(frame.Length);
        _network.ToSite(receiver, frame);
    }

    public void ToSite(ReplicaId receiver, SiteWord word)
    {
        var frame = Gate.FrameOf(word);
        _counters.Sent(frame.Length);
        _network.ToSite(receiver, frame);
    }

    public void ToClient(Bytes client, Bytes frame)
    {
        _counters.Sent(frame.Length);
        _network.ToClient(client, frame);
    }

    /// <summary>Hands all that waits for peers to the network, and ends the pass.</summary>
    public void Empty()
    {
        for (var peer = 0; peer < _toPeers.Length; peer++)
        {
            foreach (var frame in _toPeers[peer])
            {
                _counters.Sent(frame.Length);
                _network.ToPeer(peer, frame);
            }

            _toPeers[peer].Clear();
        }

        _network.Depart();
    }

    private void ToPeer(int peer, Bytes frame)
    {
        if (peer != _self)
        {
            _toPeers[peer].Add(frame);
        }
    }

    private Bytes Sign(string kindAndVersion, Action<WireWriter> write)
    {
        var writer = _speaker.Begin(kindAndVersion);
        write(writer);
        return Sign(writer.WrittenSpan);
    }

    private Bytes Sign(ReadOnlySpan<byte> message)
    {
        _counters.Signed();
        return _signer.Sign(message);
    }
}
