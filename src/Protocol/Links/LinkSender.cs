using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One replica's part in sending: whenever the machine names it as the sender of a link, it sends what is
/// attested and not acknowledged; a new sender starts with little in flight. It stands in for one whose connection has
/// ended: should both of them send, what comes twice is taken once. Volatile: a fresh one resends.</summary>
public sealed class LinkSender
{
    // Receiver, statement, signature and counts, with room to spare.
    private const int MessageFrame = 1024;

    private readonly ReplicaId _self;
    private readonly BrokenRoads _roads;
    private readonly Links _links;
    private readonly BatchLeaves _leaves;
    private readonly ShareCollector _signatures;
    private readonly LinkFlight[] _flights;

    public LinkSender(
        ReplicaId self, Links links, BatchLeaves leaves, ShareCollector signatures, BrokenRoads roads)
    {
        ArgumentNullException.ThrowIfNull(links);
        (_self, _links, _leaves, _signatures, _roads) = (self, links, leaves, signatures, roads);
        _flights = [.. links.All.Select(link => new LinkFlight(self.Index, link, roads))];
    }

    /// <summary>Who sends something of a batch, to a site or proof to its client, combines the batch's shares at once. To
    /// the others one of the senders tells the signature: each of them would say the same.</summary>
    public CombinerDuty DutyFor(SiteSequence batch)
    {
        if (_leaves.Find(batch) is not { } leaves)
        {
            return CombinerDuty.Standby;
        }

        Link[] links = [.. _links.All.Where(link => leaves.RegisterFor(link.Peer) is not null)];
        if (links.Length > 0 && IsAmong(1, links[0]))
        {
            return CombinerDuty.ForAll;
        }

        return links.Any(IsSenderOf) || _leaves.HasReplies(batch) ? CombinerDuty.ForItself : CombinerDuty.Standby;
    }

    /// <summary>Sends what can be sent now. To be called after every batch and whenever a signature has come.</summary>
    public void Advance(Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        foreach (var flight in _flights)
        {
            flight.Follow();
            if (IsSenderOf(flight.Link))
            {
                SendStream(flight, effects);
                SendRegister(flight, effects);
            }
        }
    }

    /// <summary>A message came that the own machine has taken already, so the other site does not know that it arrived:
    /// whoever receives it answers with the newest attested register, representative or not.</summary>
    public void OnTaken(SiteMessage message, Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(effects);
        foreach (var flight in _flights)
        {
            if (flight.Link.Peer == message.From
                && NewestRegister(flight.Link.Peer) is { } batch
                && flight.MayAnswer(now, out var receiver))
            {
                var leaves = _leaves.Find(batch)!;
                var register = leaves.Output(leaves.RegisterFor(message.From)!.Value, default);
                Send(new(message.From, receiver), batch, [register], effects, isAnswer: true);
            }
        }
    }

    /// <summary>A message for a third site, whose direct road is silent: its proof is in it, so any replica may carry
    /// it. The gate has checked that proof.</summary>
    public Rejection HandOn(SiteMessage message, Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(effects);
        var flight = Array.Find(_flights, one => one.Link.Peer == message.To);
        if (flight is null || message.From == message.To)
        {
            return Rejection.NotForUs;
        }

        if (!flight.MayHandOn(message.From, message.Encoded.Length, now, out var receiver))
        {
            return Rejection.PoolFull;
        }

        effects.Add(new Effect.SendSite(new(message.To, receiver), message));
        return Rejection.None;
    }

    private void SendStream(LinkFlight flight, Effects effects)
    {
        var link = flight.Link;
        var (outputs, bytes, batch) = (new List<AttestedOutput>(), 0, default(SiteSequence));
        while (flight.Next() is { IsPutOut: true } item && _signatures.TryGetSignature(item.Batch, out _))
        {
            if (_leaves.Find(item.Batch) is not { } leaves
                || leaves.PlaceOf(link.Peer, link.Life, item.Sequence) is not { } index)
            {
                break;
            }

            var output = leaves.Output(index, item.Body);
            var size = SizeOf(output);
            if (item.Batch != batch || outputs.Count == Limits.OutputsPerSiteMessage
                || bytes + size > Limits.FilledSiteMessageBytes - MessageFrame)
            {
                Send(flight.Receiver, batch, outputs, effects);
                (outputs, bytes, batch) = ([], 0, item.Batch);
                if (flight.BecomesRegisterSent(batch))
                {
                    outputs.Add(leaves.Output(leaves.RegisterFor(link.Peer)!.Value, default));
                    bytes += SizeOf(outputs[0]);
                }
            }

            outputs.Add(output);
            bytes += size;
            flight.OnSent(item);
        }

        Send(flight.Receiver, batch, outputs, effects);
    }

    private void SendRegister(LinkFlight flight, Effects effects)
    {
        var peer = flight.Link.Peer;
        if (NewestRegister(peer) is { } batch && flight.BecomesRegisterSent(batch))
        {
            var leaves = _leaves.Find(batch)!;
            Send(flight.Receiver, batch, [leaves.Output(leaves.RegisterFor(peer)!.Value, default)], effects);
        }
    }

    private SiteSequence? NewestRegister(SiteId peer)
    {
        foreach (var batch in _leaves.NewestFirst)
        {
            if (_signatures.TryGetSignature(batch, out _) && _leaves.Find(batch)!.RegisterFor(peer) is not null)
            {
                return batch;
            }
        }

        return null;
    }

    private void Send(
        ReplicaId receiver, SiteSequence batch, List<AttestedOutput> outputs, Effects effects, bool isAnswer = false)
    {
        if (outputs.Count > 0 && _signatures.TryGet(batch, out var statement, out var signature))
        {
            var message = new SiteMessage(receiver.Site, statement, signature, ValueList.From(outputs));
            effects.Add(new Effect.SendSite(receiver, message));
            if (_links[receiver.Site] is { IsSilent: true } silent)
            {
                RepeatOnOtherRoads(silent, receiver, isAnswer ? 1 : silent.OneCorrect, message, effects);
            }
        }
    }

    /// <summary>The pair before was cut off, or one of it is faulty, and so may be this one: f receivers more, so that
    /// a correct one is among them, and a third site.</summary>
    /// <param name="receivers">An answer has one receiver: each that it comes to may answer it in turn.</param>
    private void RepeatOnOtherRoads(
        Link silent, ReplicaId receiver, int receivers, SiteMessage message, Effects effects)
    {
        for (var next = 1; next < receivers; next++)
        {
            var other = new ReplicaId(receiver.Site, (receiver.Index + next) % silent.Receivers);
            effects.Add(new Effect.SendSite(other, message));
        }

        if (ThirdFor(receiver.Site) is { } third)
        {
            effects.Add(new Effect.SendSite(third, message));
        }
    }

    /// <summary>Who may hand on to a site: in every epoch of the silent link another replica is tried, of all sites in
    /// turn.</summary>
    private ReplicaId? ThirdFor(SiteId silent)
    {
        Link[] others = [.. _links.All.Where(link => link.Peer != silent && !link.IsSilent)];
        if (others.Length == 0)
        {
            return null;
        }

        var (round, place) = Math.DivRem(_links[silent].Epoch, (ulong)others.Length);
        return new(others[place].Peer, (int)(round % (ulong)others[place].Receivers));
    }

    private bool IsSenderOf(Link link) => IsAmong(link.SendersAtOnce, link);

    /// <summary>The one that the machine names, or the next one after it to which this replica's road is not broken. Once
    /// a time-out has passed, f more with it: the epoch before may have ended for want of a correct receiver, and the
    /// next one must not end for want of a correct sender.</summary>
    private bool IsAmong(int senders, Link link)
    {
        for (var (place, index) = (0, link.Sender); place < senders; index = (index + 1) % link.Senders)
        {
            if (index == _self.Index)
            {
                return true;
            }

            place += _roads.Contains(new(_self.Site, index)) ? 0 : 1;
        }

        return false;
    }

    private static int SizeOf(AttestedOutput output) =>
        output.Leaf.Length + output.Body.Length + (output.Path.Count * Digest.Size) + 16;
}
