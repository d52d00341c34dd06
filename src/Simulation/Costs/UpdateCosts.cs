namespace Holdfast.Simulation.Costs;

/// <summary>What the whole system did, for each update (in an idle one: for each second).</summary>
/// <param name="Updates">That were counted.</param>
/// <param name="MedianMilliseconds">Of virtual time, from the client's call to its outcome; 0 in an idle
/// system.</param>
/// <param name="Figures">By name.</param>
public sealed record UpdateCosts(long Updates, double MedianMilliseconds, ValueList<(string Name, double Value)> Figures)
{
    public const string Latency = "latency, ms";

    /// <summary>All figures, the latency first.</summary>
    public IEnumerable<(string Name, double Value)> All => Figures.Prepend((Latency, MedianMilliseconds));
}
