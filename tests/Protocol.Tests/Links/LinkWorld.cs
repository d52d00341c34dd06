using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Two sites and a wide area between them that delays, loses and cuts.</summary>
internal sealed class LinkWorld
{
    private readonly Dice _dice;
    private readonly List<(long Due, ReplicaId Receiver, SiteMessage Message)> _wire = [];

    public LinkWorld(ulong seed, params int[] faults)
    {
        _dice = new Dice(seed);
        Genesis = Sample.Genesis(faults);
        Sites = [.. Enumerable.Range(0, faults.Length).Select(site => new LinkSite(Genesis, new(site)))];
        Front = new(new(default, default, default, default, default), 0, 0, 0, default, default);
    }

    public Genesis Genesis { get; }

    public LinkSite[] Sites { get; }

    public StatusFront Front { get; set; }

    public int LossPercent { get; set; }

    public bool IsCut { get; set; }

    /// <summary>Which words never arrive: by sender, and receiver.</summary>
    public Func<ReplicaId, ReplicaId, bool> IsSwallowed { get; set; } = (_, _) => false;

    /// <summary>Which receivers drop what another site hands on to them.</summary>
    public Func<ReplicaId, bool> DropsOthers { get; set; } = _ => false;

    /// <summary>Which words arrive without their bodies.</summary>
    public Func<ReplicaId, ReplicaId, bool> IsStreamSwallowed { get; set; } = (_, _) => false;

    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan Turn { get; set; } = TimeSpan.FromMilliseconds(10);

    public long Elapsed { get; private set; }

    public Timestamp Now => Sample.At(0) + TimeSpan.FromMicroseconds(Elapsed);

    public int Messages { get; private set; }

    /// <summary>What was sent last.</summary>
    public SiteMessage? Last { get; private set; }

    public List<(SiteId From, ulong Epoch, ReplicaId Sender, ReplicaId Receiver)> Sent { get; } = [];

    public void Run(double seconds, Action<int, Links>? inputs = null)
    {
        for (var end = Elapsed + (long)(seconds * 1e6); Elapsed < end; Elapsed += (long)Turn.TotalMicroseconds)
        {
            Deliver();
            for (var site = 0; site < Sites.Length; site++)
            {
                var index = site;
                foreach (var (sender, send) in Sites[site].Turn(Now, links => Say(index, links, inputs)))
                {
                    Carry(new(new(site), sender), send);
                }
            }
        }
    }

    /// <summary>Somebody repeats what was sent once.</summary>
    public void Arrive(ReplicaId receiver, SiteMessage message) => _wire.Add((Elapsed, receiver, message));

    private void Say(int site, Links links, Action<int, Links>? inputs)
    {
        foreach (var link in links.All)
        {
            links.SetFront(link.Peer, Front);
        }

        inputs?.Invoke(site, links);
    }

    private void Carry(ReplicaId sender, Effect.SendSite send)
    {
        Assert.True(send.Message.Encoded.Length <= Limits.SiteMessageBytes);
        Assert.InRange(send.Message.Outputs.Count, 1, Limits.OutputsPerSiteMessage);
        var (leaves, root) = ((int)send.Message.Statement.Leaves, send.Message.Statement.Root);
        Assert.All(send.Message.Outputs, output =>
            Assert.True(MerkleTree.Verify(output.Leaf.Span, (int)output.Index, leaves, output.Path, root)));
        (Messages, Last) = (Messages + 1, send.Message);
        if (send.Message.From == sender.Site && send.Message.To == send.Receiver.Site)
        {
            Sent.Add((sender.Site, Sites[sender.Site.Index].Links[send.Receiver.Site].Epoch, sender, send.Receiver));
        }

        var isDropped = IsSwallowed(sender, send.Receiver)
            || (send.Message.From != sender.Site && DropsOthers(send.Receiver));
        if (!IsCut && _dice.Below(100) >= LossPercent && !isDropped)
        {
            var jitter = LossPercent == 0 ? 0 : _dice.Below(30_000);
            var arriving = IsStreamSwallowed(sender, send.Receiver) ? RegistersOf(send.Message) : send.Message;
            _wire.Add((Elapsed + (Delay.Ticks / TimeSpan.TicksPerMicrosecond) + jitter, send.Receiver, arriving));
        }
    }

    private static SiteMessage RegistersOf(SiteMessage message) => new(
        message.To, message.Statement, message.Signature,
        ValueList.From(message.Outputs.Where(output => SiteStatus.FromLeaf(output.Leaf) is not null)));

    private void Deliver()
    {
        foreach (var (_, receiver, message) in _wire.Where(word => word.Due <= Elapsed).ToList())
        {
            Sites[receiver.Site.Index].Receive(receiver.Index, message, new(Elapsed));
        }

        _wire.RemoveAll(word => word.Due <= Elapsed);
    }
}

/// <summary>A body for tests.</summary>
internal sealed record TestBody(ulong Number, int Length) : StreamBody
{
    public override StreamBodyKind Kind => StreamBodyKind.Forward;

    public override void Write(WireWriter writer)
    {
        writer.UInt64(Number);
        writer.Bytes(new(new byte[Length]));
    }

    public static ulong NumberOf(Bytes body)
    {
        var reader = new WireReader(body.Span[1..]);
        return reader.UInt64();
    }
}
