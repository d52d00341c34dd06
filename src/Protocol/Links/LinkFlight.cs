namespace Holdfast.Protocol;

/// <summary>What one replica, as the sender of one link in one epoch, has in flight: 64 KiB at first, doubled by each
/// acknowledgement. Volatile.</summary>
public sealed class LinkFlight(int self, Link link, BrokenRoads roads)
{
    private static readonly TimeSpan BurstOfHandingOn = TimeSpan.FromMilliseconds(100);

    private readonly int _counterpart = self % link.Receivers;
    private readonly Queue<(ulong Sequence, int Bytes)> _inFlight = new();
    private ulong _epoch;
    private uint _life;
    private int _receiversPassed;
    private ulong _sentUpTo;
    private ulong _acknowledged;
    private long _bytesInFlight;
    private long _bytesMax = Limits.FirstFlightBytes;
    private SiteSequence _registerSent;

    private Instant _answerAgainAt = new(long.MinValue);
    private Instant _handingSince = new(long.MinValue);
    private readonly int[] _handedOn = new int[Limits.Sites];
    private int _bursts;

    public Link Link => link;

    /// <summary>Where to send: to the epoch's receiver, or the next one to which the road is not broken. Who was passed
    /// over is not tried again in this epoch: each return to it would send again all that is in flight.</summary>
    public ReplicaId Receiver => new(link.Peer, (link.Receiver + _receiversPassed) % link.Receivers);

    /// <summary>Takes over what the machine has concluded: a new epoch, life or receiver starts anew, acknowledgements
    /// make room.</summary>
    public void Follow()
    {
        _receiversPassed = link.Epoch == _epoch ? _receiversPassed : 0;
        var isRerouted = PassBroken();
        if (link.Epoch != _epoch || link.Life != _life || isRerouted)
        {
            if (link.Epoch != _epoch || isRerouted)
            {
                (_registerSent, _bytesMax) = (default, Limits.FirstFlightBytes);
            }

            (_epoch, _life, _sentUpTo, _acknowledged) = (link.Epoch, link.Life, link.Acknowledged, link.Acknowledged);
            _bytesInFlight = 0;
            _inFlight.Clear();
            return;
        }

        while (_inFlight.TryPeek(out var oldest) && oldest.Sequence <= link.Acknowledged)
        {
            _inFlight.Dequeue();
            _bytesInFlight -= oldest.Bytes;
        }

        if (link.Acknowledged > _acknowledged)
        {
            _acknowledged = link.Acknowledged;
            _sentUpTo = Math.Max(_sentUpTo, _acknowledged);
            _bytesMax = Math.Min(2 * _bytesMax, Limits.LinkWindowBytes);
        }
    }

    private bool PassBroken()
    {
        var before = _receiversPassed;
        while (_receiversPassed < link.Receivers - 1 && roads.Contains(Receiver))
        {
            _receiversPassed++;
        }

        return _receiversPassed > before;
    }

    /// <summary>The item to send next, if there is one and room for it.</summary>
    public OutboxItem? Next()
    {
        var item = link.Find(_sentUpTo + 1);
        var hasRoom = _bytesInFlight == 0 || _bytesInFlight + item?.Body.Length <= _bytesMax;
        return hasRoom ? item : null;
    }

    public void OnSent(OutboxItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        _sentUpTo = item.Sequence;
        _inFlight.Enqueue((item.Sequence, item.Body.Length));
        _bytesInFlight += item.Body.Length;
    }

    /// <summary>True once for each newer batch whose register goes out.</summary>
    public bool BecomesRegisterSent(SiteSequence batch)
    {
        if (batch <= _registerSent)
        {
            return false;
        }

        _registerSent = batch;
        return true;
    }

    /// <summary>Whether so much may still be handed on to the site now, and to which of its replicas. Every burst goes
    /// to the next one: the pair that speaks on this replica's own link may be a bad one that only drops what is
    /// others'. Each sending site has its own share, which a liar of another one cannot use up, and what is refused takes nothing
    /// of it.</summary>
    public bool MayHandOn(SiteId from, int bytes, Instant now, out int receiver)
    {
        if (now >= _handingSince + BurstOfHandingOn)
        {
            (_handingSince, _bursts) = (now, _bursts + 1);
            Array.Clear(_handedOn);
        }

        receiver = (_counterpart + _bursts) % link.Receivers;
        if (_handedOn[from.Index] + bytes > Limits.HandedOnBytes)
        {
            return false;
        }

        _handedOn[from.Index] += bytes;
        return true;
    }

    /// <summary>Whether to answer what is known already, and whom. An answer is itself known already where it comes to,
    /// and would be answered: so it goes to the counterpart, whose answer comes back here within the time-out, and
    /// there is none to that. Idle sites exchange heartbeats and nothing else. Who resends tries another replica each
    /// time, so no bad counterpart swallows all answers.</summary>
    public bool MayAnswer(Instant now, out int receiver)
    {
        receiver = _counterpart;
        if (now < _answerAgainAt)
        {
            return false;
        }

        _answerAgainAt = now + link.Timeout;
        return true;
    }
}
