using System.Diagnostics.Metrics;
using Holdfast.Protocol;

namespace Holdfast.Server.Metrics;

/// <summary>The numbers of one replica. They are read when somebody asks, and cost nothing otherwise.</summary>
internal sealed class HostMeter : IDisposable
{
    public const string Name = "Holdfast";

    private readonly Meter _meter = new(Name);
    private readonly KeyValuePair<string, object?>[] _who;

    public HostMeter(ReplicaId replica) => _who = [new("site", replica.Site.Index), new("replica", replica.Index)];

    /// <summary>Something that only grows while the process lives.</summary>
    public void Counter(string name, string help, Func<long> read) =>
        _meter.CreateObservableCounter(name, () => new Measurement<long>(read(), _who), unit: null, help);

    public void Gauge(string name, string help, Func<double> read) =>
        _meter.CreateObservableGauge(name, () => new Measurement<double>(read(), _who), unit: null, help);

    /// <summary>One counter for each member of an enumeration, those at 0 left out.</summary>
    public void Counters<T>(string name, string help, string label, Func<T, long> read)
        where T : struct, Enum
    {
        var members = Enum.GetValues<T>();
        _meter.CreateObservableCounter(
            name,
            () => members.Select(member => (Member: member, Count: read(member))).Where(one => one.Count > 0)
                .Select(one => new Measurement<long>(one.Count, [.. _who, new(label, one.Member.ToString())])),
            unit: null,
            help);
    }

    /// <summary>One gauge for each member of an enumeration, 0 included: an alarm can rest on it.</summary>
    public void Gauges<T>(string name, string help, string label, Func<T, double> read)
        where T : struct, Enum
    {
        var members = Enum.GetValues<T>();
        _meter.CreateObservableGauge(
            name,
            () => members.Select(member =>
                new Measurement<double>(read(member), [.. _who, new(label, member.ToString())])),
            unit: null,
            help);
    }

    public void Dispose() => _meter.Dispose();
}
