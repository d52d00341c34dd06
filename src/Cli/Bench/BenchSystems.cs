using Holdfast.Cli.Bench.Etcd;
using Holdfast.Cli.Bench.Links;
using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Bench;

/// <summary>What can be measured, by name.</summary>
internal static class BenchSystems
{
    public const string Own = "holdfast";
    private const string Flat = "flat-pbft";
    private const string Paxos = "multi-paxos";
    private const string Etcd = "etcd";

    /// <summary>The names, and what is behind them.</summary>
    public const string Told =
        $"{Own}; {Flat}, one site of f = 3 whose replicas are spread over the places; {Paxos}, one server at each place (both "
        + $"are this program, on the same links); {Etcd}, one server at each place";

    /// <param name="faults">Of each site.</param>
    /// <param name="links">Real ones between network namespaces; null for roads on which frames are held back.</param>
    /// <exception cref="CommandFailure">There is none of this name.</exception>
    public static IBenchSystem Create(string name, IReadOnlyList<int> faults, DelayMatrix delays, LinkSettings? links = null) =>
        name switch
        {
            Own => new HoldfastSystem(new(Own, faults, delays), links),
            Paxos => new HoldfastSystem(SystemShape.MultiPaxos(delays), links),
            Flat => new HoldfastSystem(SystemShape.Flat(delays), links),
            Etcd => new EtcdSystem(delays, links),
            _ => throw new CommandFailure(
                ExitCode.Usage, $"Expected {Own}, {Flat}, {Paxos} or {Etcd} after --system, found '{name}'."),
        };
}
