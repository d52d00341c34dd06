namespace Holdfast.Simulation.Adversaries;

/// <summary>A client that works with a faulty replica: it signs whatever it is asked to.</summary>
public sealed record Conspirator(Bytes Key, Func<Bytes, Bytes> Sign);
