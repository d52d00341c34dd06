namespace Holdfast.Simulation.Adversaries;

/// <summary>Means well, but has a disk that lies: when the power fails it loses what it said to have written, or turns
/// a bit of it over, so that the replica may have forgotten its promises, or cannot start any more.</summary>
public sealed class RottenDisk(Seat seat) : Adversary(seat);
