using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Cli.Bench;

/// <summary>One process of a system, as the operating system counts it.</summary>
/// <param name="Processor">Time on all cores so far.</param>
internal sealed record ProcessUse(string Name, TimeSpan Processor, long MemoryBytes)
{
    public static ProcessUse Of(string name, int processId)
    {
        using var process = Process.GetProcessById(processId);
        return new(name, process.TotalProcessorTime, process.WorkingSet64);
    }
}

/// <summary>What a system did and used so far.</summary>
/// <param name="Counts">By name, over all processes.</param>
internal sealed record CostSnapshot(
    IReadOnlyList<ProcessUse> Processes, IReadOnlyList<(string Name, double Value)> Counts)
{
    /// <summary>Processor time of this process, in which the clients are.</summary>
    public TimeSpan Clients { get; } = OwnTime();

    /// <summary>Processor time of the whole machine, whoever used it; null where nobody tells.</summary>
    public TimeSpan? Machine { get; } = MachineTime();

    /// <summary>Cores that neither the system nor its clients used: a machine with other work measures that,
    /// too.</summary>
    public double? CoresOfOthersSince(CostSnapshot before, TimeSpan span)
    {
        var own = ProcessorSince(before).Aggregate(Clients - before.Clients, (sum, one) => sum + one.Used);
        return Machine - before.Machine is { } all ? Math.Max(0, (all - own) / span) : null;
    }

    /// <summary>What was done and used since an earlier one.</summary>
    /// <param name="updates">For each of so many; must not be 0.</param>
    public IEnumerable<(string Name, double Value)> PerUpdateSince(CostSnapshot before, double updates)
    {
        yield return ("processor ms", ProcessorSince(before).Sum(one => one.Used.TotalMilliseconds) / updates);
        foreach (var (name, value) in Counts)
        {
            var earlier = before.Counts.FirstOrDefault(count => count.Name == name).Value;
            yield return (name, (value - earlier) / updates);
        }
    }

    /// <summary>Of the processes that were there before, too.</summary>
    public IEnumerable<(string Name, TimeSpan Used)> ProcessorSince(CostSnapshot before) =>
        from now in Processes
        join then in before.Processes on now.Name equals then.Name
        select (now.Name, now.Processor - then.Processor);

    private static TimeSpan OwnTime()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }

    /// <summary>The first line of /proc/stat: user, nice, system, idle, waiting, interrupts and more, in hundredths of a
    /// second.</summary>
    private static TimeSpan? MachineTime()
    {
        const string File = "/proc/stat";
        if (!System.IO.File.Exists(File))
        {
            return null;
        }

        var ticks = System.IO.File.ReadLines(File).First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return TimeSpan.FromMilliseconds(10 * (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]));
    }
}
