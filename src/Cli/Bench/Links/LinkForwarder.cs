using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Holdfast.Cli.Bench.Links;

/// <summary>What crossed the links so far.</summary>
/// <param name="Bytes">Of IP packets, with their headers.</param>
/// <param name="Late">Delivered more than a millisecond after their time: this machine had no time for it.</param>
internal sealed record LinkCounts(long Packets, long Bytes, long Lost, long Late);

/// <summary>The links between network namespaces: takes the packets that leave each, and gives them to the others when they
/// have arrived.</summary>
internal sealed class LinkForwarder
{
    // Longer than any packet of a device whose MTU is 1500.
    private const int PacketBytesMax = 2048;
    private const int HeaderBytes = 20;
    private const int ReadAtOnceMax = 64;
    private const long LateBeyond = 1_000_000;
    private const int FirstInFirstOut = 1;
    private static readonly TimeSpan PatienceMax = TimeSpan.FromMilliseconds(100);

    private readonly int _places;
    private readonly LinkSchedule<(byte[] Packet, int Bytes)> _schedule;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _packets;
    private long _bytes;
    private long _lost;
    private long _late;
    private double _megabits = double.PositiveInfinity;
    private volatile bool _isOver;

    public LinkForwarder(IReadOnlyList<IReadOnlyList<TimeSpan>> oneWay, double loss)
    {
        _places = oneWay.Count;
        _schedule = new(oneWay, loss);
    }

    /// <summary>Completes when all devices are open.</summary>
    public Task Opened => _opened.Task;

    public LinkCounts Counts => new(
        Interlocked.Read(ref _packets), Interlocked.Read(ref _bytes), Interlocked.Read(ref _lost),
        Interlocked.Read(ref _late));

    public void Start() => new Thread(Run) { IsBackground = true, Name = "links" }.Start();

    public void Stop() => _isOver = true;

    /// <param name="megabits">A second, out of each place; null for as many as anyone likes.</param>
    public void Widen(double? megabits) => Volatile.Write(ref _megabits, megabits ?? double.PositiveInfinity);

    private void Run()
    {
        var devices = new List<TunDevice>();
        try
        {
            // Servers that are busy must not slow down the network; without the right to this it goes on as it is.
            _ = SetScheduler(0, FirstInFirstOut, 10);
            for (var place = 0; place < _places; place++)
            {
                devices.Add(TunDevice.Open(PlaceNamespaces.NameOf(place), PlaceNamespaces.Device));
            }

            _opened.SetResult();
            while (!_isOver)
            {
                Forward(devices);
            }
        }
        catch (CommandFailure failure)
        {
            _opened.TrySetException(failure);
        }
        finally
        {
            devices.ForEach(device => device.Dispose());
        }
    }

    private void Forward(List<TunDevice> devices)
    {
        var megabits = Volatile.Read(ref _megabits);
        _schedule.Megabits = double.IsInfinity(megabits) ? null : megabits;
        var now = Now();
        while (_schedule.TryTake(now, out var to, out var arrived, out var lateBy))
        {
            devices[to].Write(arrived.Packet, arrived.Bytes);
            ArrayPool<byte>.Shared.Return(arrived.Packet);
            Interlocked.Increment(ref _packets);
            Interlocked.Add(ref _bytes, arrived.Bytes);
            Interlocked.Add(ref _late, lateBy > LateBeyond ? 1 : 0);
        }

        if (_schedule.NextDue - Now() is > 0 and var rest)
        {
            TunDevice.WaitForAny(
                devices, TimeSpan.FromMicroseconds(Math.Min(rest / 1_000, (long)PatienceMax.TotalMicroseconds)));
        }

        for (var place = 0; place < devices.Count; place++)
        {
            for (var count = 0; count < ReadAtOnceMax && TakeFrom(place, devices[place]); count++)
            {
                // Each device in turn: one that is busy must not keep the others waiting.
            }
        }
    }

    private bool TakeFrom(int place, TunDevice device)
    {
        var packet = ArrayPool<byte>.Shared.Rent(PacketBytesMax);
        var bytes = device.Read(packet);
        if (bytes == 0)
        {
            ArrayPool<byte>.Shared.Return(packet);
            return false;
        }

        // Packets of IPv6 (a kernel asks for routers by itself) and to nobody here end on the road.
        var to = bytes >= HeaderBytes && packet[0] >> 4 == 4 ? PlaceNamespaces.PlaceOf(packet.AsSpan(16, 4)) : null;
        if (to is not { } other || other >= _places || !_schedule.Offer(place, other, bytes, (packet, bytes), Now()))
        {
            Interlocked.Add(ref _lost, to is null ? 0 : 1);
            ArrayPool<byte>.Shared.Return(packet);
        }

        return true;
    }

    private static long Now() => (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;

    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetScheduler(int thread, int policy, in int priority);
}
