using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>What the own log lacks: entries in a row, or bodies, and who may have them, best first.</summary>
internal sealed record Lack(
    GlobalSequence From, GlobalSequence To, ValueList<MissingBody> Bodies, ValueList<SiteId> Holders);

/// <summary>Asks for what is lacking: one question at a time, of the next site if one does not help in time.</summary>
internal sealed class Fetching
{
    private const int PatienceForAll = 4;

    private bool _isOut;
    private bool _helped;
    private SiteId _asked;
    private Timestamp _askedAt;
    private Timestamp _until;
    private uint _turn;

    public Timestamp Deadline => _isOut ? _until : Timestamp.Never;

    /// <summary>Asks, unless a question is out and there is time left.</summary>
    public void Ask(Timestamp now, Lack? lack, Peer[] peers, OrderingOutput output)
    {
        if (lack is null || lack.Holders.Count == 0)
        {
            (_isOut, _helped, _turn) = (false, false, 0);
            return;
        }

        if (_isOut && now < _until)
        {
            // A time-out that was measured over a cut is no reason to wait when the link is well again.
            _until = Timestamp.Earlier(_until, now + PatienceWith(peers[_asked.Index]));
            return;
        }

        _turn += _isOut ? 1u : 0u;
        _asked = lack.Holders[(int)(_turn % (uint)lack.Holders.Count)];
        (_isOut, _helped, _askedAt) = (true, false, now);
        _until = now + PatienceWith(peers[_asked.Index]);
        output.Say(_asked, new GlobalFetch(lack.From, lack.To, lack.Bodies));
    }

    /// <summary>A chunk of an answer came. While chunks help, more are waited for, four times as long in all: another site's
    /// answer would only come beside them. An answer that helped is followed by the next question at once, to the next site if it
    /// took long; if it did not help, the next site is asked, a little later.</summary>
    public void OnChunk(Timestamp now, SiteId from, bool helped, bool isLast, Peer[] peers)
    {
        if (!_isOut || from != _asked)
        {
            return;
        }

        var patience = PatienceWith(peers[from.Index]);
        _helped |= helped;
        if (isLast && _helped)
        {
            _turn += now > _askedAt + patience ? 1u : 0u;
            (_isOut, _helped) = (false, false);
        }
        else if (isLast)
        {
            _until = Timestamp.Earlier(_until, now + Limits.TimeoutAtLeast);
        }
        else if (helped)
        {
            _until = Timestamp.Later(_until, Timestamp.Earlier(now + patience, _askedAt + (PatienceForAll * patience)));
        }
    }

    private static TimeSpan PatienceWith(Peer asked)
    {
        var patience = asked.LinkTimeoutUnderLoad * 2;
        return patience > Limits.TimeoutAtLeast ? patience : Limits.TimeoutAtLeast;
    }

    public void Save(WireWriter writer)
    {
        writer.Boolean(_isOut);
        writer.Boolean(_helped);
        writer.Site(_asked);
        writer.Time(_askedAt);
        writer.Time(_until);
        writer.UInt32(_turn);
    }

    public void Load(ref WireReader reader)
    {
        (_isOut, _helped) = (reader.Boolean(), reader.Boolean());
        (_asked, _askedAt, _until, _turn) = (reader.Site(), reader.Time(), reader.Time(), reader.UInt32());
    }
}
