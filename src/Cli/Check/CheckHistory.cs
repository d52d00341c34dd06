using System.Diagnostics;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Cli.Check;

/// <summary>What all clients of a check did and saw, for the checkers that stand outside. Used by several clients at
/// once.</summary>
internal sealed class CheckHistory
{
    private readonly Lock _gate = new();
    private readonly Linearizability _registers = new();
    private readonly Dictionary<string, bool> _updates = [];
    private readonly List<string> _broken = [];

    public int Acknowledged
    {
        get
        {
            lock (_gate)
            {
                return _updates.Count(update => update.Value);
            }
        }
    }

    public int Global { get; private set; }

    /// <summary>An update is about to be sent: a marker of its own, and a value for a shared register.</summary>
    public Linearizability.Call BeginUpdate(string marker, int register, long value)
    {
        lock (_gate)
        {
            _updates.Add(marker, false);
            return _registers.Begin(register, isWrite: true, value, Now());
        }
    }

    public void Acknowledge(string marker, Linearizability.Call call)
    {
        lock (_gate)
        {
            _updates[marker] = true;
            call.Return(Now(), call.Value);
        }
    }

    public Linearizability.Call BeginRead(int register)
    {
        lock (_gate)
        {
            return _registers.Begin(register, isWrite: false, 0, Now());
        }
    }

    public void EndRead(Linearizability.Call call, long value)
    {
        lock (_gate)
        {
            Global++;
            call.Return(Now(), value);
        }
    }

    /// <summary>A level did not keep its promise to one client.</summary>
    public void Broken(string promise)
    {
        lock (_gate)
        {
            _broken.Add(promise);
        }
    }

    /// <summary>Compares the markers in the store with what was acknowledged, and looks for an order that explains
    /// every global read.</summary>
    /// <param name="versions">How often each marker was written, as the store says.</param>
    public void Conclude(IReadOnlyDictionary<string, ulong> versions, CheckReport report)
    {
        lock (_gate)
        {
            var lost = _updates.Where(update => update.Value && !versions.ContainsKey(update.Key)).ToList();
            var twice = versions.Where(marker => marker.Value != 1).ToList();
            var invented = versions.Keys.Where(marker => !_updates.ContainsKey(marker)).ToList();
            report.Check(
                "every acknowledged update is there exactly once",
                lost.Count == 0 && twice.Count == 0 && invented.Count == 0 && _updates.Count > 0,
                $"{_updates.Count(update => update.Value)} acknowledged of {_updates.Count}; "
                + $"lost {Some(lost.Select(one => one.Key))}, "
                + $"more than once {Some(twice.Select(one => one.Key))}, invented {Some(invented)}");
            report.Check(
                "local and ordered answers keep their promises", _broken.Count == 0, $"broken {Some(_broken)}");
            try
            {
                _registers.Conclude();
                report.Check(
                    "histories are linearizable at level global",
                    Global > 0,
                    $"{Global} reads explained");
            }
            catch (CheckFailedException failure)
            {
                report.Check("histories are linearizable at level global", ok: false, failure.Message);
            }
        }
    }

    private static long Now() => Stopwatch.GetTimestamp();

    private static string Some(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Count == 0 ? "none" : $"{all.Count} ({string.Join(", ", all.Take(5))})";
    }
}
