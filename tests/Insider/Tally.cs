using Holdfast.Cli.Attacks;
using Holdfast.Protocol;

namespace Holdfast.Insider;

/// <summary>Counts what an adversary really does: it stands on both sides of it, and compares what the replica said with what
/// went out. An adversary that says all as it is has done nothing, whatever it is called.</summary>
internal sealed class Tally
{
    // What an adversary lets out belongs to the frame that its thread has just brought it; later there is none.
    [ThreadStatic]
    private static Call? _call;

    private readonly Lock _gate = new();
    private Deeds _deeds;

    public Deeds Deeds
    {
        get
        {
            lock (_gate)
            {
                return _deeds;
            }
        }
    }

    /// <summary>The replica says a frame, and the adversary does with it what it likes.</summary>
    /// <param name="receiver">Equal for equal receivers.</param>
    public void Weigh(object receiver, Bytes frame, Action said)
    {
        var call = new Call(receiver, frame);
        _call = call;
        try
        {
            said();
        }
        finally
        {
            _call = null;
        }

        Count(call.Deeds);
    }

    /// <summary>The adversary lets a frame out.</summary>
    public static void OnOut(object receiver, Bytes frame) => _call?.OnOut(receiver, frame);

    /// <summary>The adversary will do something later. It is counted now: what it lets out then belongs to it.</summary>
    public static void OnLater() => _call?.OnLater();

    /// <summary>What the replica's share signer said, and what the adversary made of it.</summary>
    public void OnShares(object? truth, object? told) => Count(new(Changed: Equals(truth, told) ? 0 : 1));

    public void OnSlowFlush() => Count(new(Delayed: 1));

    private void Count(Deeds deeds)
    {
        lock (_gate)
        {
            _deeds += deeds;
        }
    }

    /// <summary>What became of one frame while the adversary had it.</summary>
    private sealed class Call(object receiver, Bytes frame)
    {
        private bool _isOut;
        private int _later;
        private int _others;

        public Deeds Deeds => this switch
        {
            { _isOut: true } => new(Added: _others + _later),
            { _later: > 0 } => new(Delayed: 1, Added: _others + _later - 1),
            { _others: > 0 } => new(Changed: 1, Added: _others - 1),
            _ => new(Withheld: 1),
        };

        public void OnOut(object to, Bytes other)
        {
            if (!_isOut && to.Equals(receiver) && other == frame)
            {
                _isOut = true;
            }
            else
            {
                _others++;
            }
        }

        public void OnLater() => _later++;
    }
}
