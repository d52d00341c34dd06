namespace Holdfast.Simulation;

/// <summary>How bad the network is at the moment.</summary>
/// <param name="LossPerMille">Frames lost, in a thousand.</param>
/// <param name="RepeatPerMille">Frames that arrive a second time, later.</param>
/// <param name="SlowPerMille">Frames that take up to twenty times as long as usual.</param>
/// <param name="IsOrdered">Frames of one connection arrive in the order in which they were sent.</param>
public sealed record Weather(int LossPerMille, int RepeatPerMille, int SlowPerMille, bool IsOrdered)
{
    public static readonly Weather Fine = new(0, 0, 0, IsOrdered: true);
}

/// <summary>Carries frames between numbered places: with delay always, and with loss, repetition and cuts at
/// times.</summary>
public sealed class VirtualNetwork(VirtualTime time, Dice dice, int places, Func<int, int, long> delayOf)
{
    private const long DialAgainAfter = 300_000;

    private readonly Action<int, Bytes>?[] _receivers = new Action<int, Bytes>?[places];
    private readonly Action<int, bool>?[] _roadWatches = new Action<int, bool>?[places];
    private readonly long[] _lastRoadNews = new long[places * places];
    private readonly long[] _lastArrivals = new long[places * places];
    private readonly int[] _cuts = new int[places * places];
    private readonly long[] _brokenUntil = new long[places * places];
    private readonly long[] _extraDelays = new long[places * places];

    public Weather Weather { get; set; } = Weather.Fine;

    /// <summary>Covers every frame that arrived: sender, receiver, time and bytes.</summary>
    public ulong Trail { get; private set; }

    public long Frames { get; private set; }

    /// <summary>Told of every arrival.</summary>
    public Action<int, int, Bytes>? Watch { get; set; }

    /// <summary>Who hears at this place; null for nobody.</summary>
    public void Listen(int place, Action<int, Bytes>? receiver) => _receivers[place] = receiver;

    /// <summary>Somebody hears here, and is told when a connection to another place is there or has ended; or, with
    /// null for both, is gone, and all who are told of such things hear of it. What is cut then hears nothing of an
    /// end, and of a beginning when it is mended.</summary>
    public void ListenAudibly(int place, Action<int, Bytes>? receiver, Action<int, bool>? watch)
    {
        Listen(place, receiver);
        _roadWatches[place] = watch;
        for (var other = 0; other < places; other++)
        {
            if (other != place && _roadWatches[other] is not null && (receiver is not null || !IsCut(place, other)))
            {
                PlanNews(place, other, receiver);
            }
        }
    }

    public void Send(int from, int to, Bytes frame, long departure)
    {
        if (IsCut(from, to) || dice.PerMille(Weather.LossPerMille))
        {
            return;
        }

        Plan(from, to, frame, departure);
        if (dice.PerMille(Weather.RepeatPerMille))
        {
            Plan(from, to, frame, departure + dice.Between(1, 200_000));
        }
    }

    /// <summary>The connection that one place has to another ends, and it has no other for a while: what it says there
    /// until then is lost. It is told of both, if it is one who is told of such things.</summary>
    public void Reset(int from, int to, long microseconds)
    {
        ref var until = ref _brokenUntil[(from * places) + to];
        until = Math.Max(until, time.Now + microseconds);
        if (_roadWatches[from] is null)
        {
            return;
        }

        PlanNews(to, from, receiver: null);
        time.At(until, () => DialAgain(from, to));
    }

    /// <summary>Cuts one direction; what is on the way is lost. Cuts count: each needs its own mending.</summary>
    public void Cut(int from, int to) => _cuts[(from * places) + to]++;

    public void Mend(int from, int to) => _cuts[(from * places) + to]--;

    /// <summary>Lets one direction take so much longer, until all is mended.</summary>
    public void Slow(int from, int to, long microseconds) => _extraDelays[(from * places) + to] = microseconds;

    public void MendAll()
    {
        Array.Clear(_cuts);
        Array.Clear(_extraDelays);
    }

    private bool IsCut(int from, int to) =>
        _cuts[(from * places) + to] > 0 || time.Now < _brokenUntil[(from * places) + to];

    private void DialAgain(int from, int to)
    {
        if (_receivers[to] is not { } receiver)
        {
            // All hear of it when somebody listens there again.
            return;
        }

        if (IsCut(from, to) || IsCut(to, from))
        {
            time.After(DialAgainAfter, () => DialAgain(from, to));
            return;
        }

        PlanNews(to, from, receiver);
    }

    private void Plan(int from, int to, Bytes frame, long departure)
    {
        var delay = delayOf(from, to) + _extraDelays[(from * places) + to];
        if (dice.PerMille(Weather.SlowPerMille))
        {
            delay *= dice.Between(2, 20);
        }

        var arrival = departure + delay;
        if (Weather.IsOrdered)
        {
            ref var last = ref _lastArrivals[(from * places) + to];
            last = arrival = Math.Max(arrival, last);
        }

        time.At(arrival, () => Arrive(from, to, frame));
    }

    private void PlanNews(int place, int other, Action<int, Bytes>? receiver)
    {
        ref var last = ref _lastRoadNews[(place * places) + other];
        last = Math.Max(last + 1, time.Now + delayOf(place, other));
        time.At(last, () =>
        {
            if (receiver is null)
            {
                _roadWatches[other]?.Invoke(place, false);
            }
            else if (_receivers[place] is not null && IsCut(place, other))
            {
                time.After(DialAgainAfter, () => PlanNews(place, other, receiver));
            }
            else if (_receivers[place] is not null)
            {
                _roadWatches[other]?.Invoke(place, true);
            }
        });
    }

    private void Arrive(int from, int to, Bytes frame)
    {
        if (IsCut(from, to) || _receivers[to] is not { } receiver)
        {
            return;
        }

        Frames++;
        Trail = Mix.Of(Mix.Of(Trail, (ulong)((time.Now * 1024) + (from * 32) + to)), frame.Span);
        Watch?.Invoke(from, to, frame);
        receiver(from, frame);
    }
}
