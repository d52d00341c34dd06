using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation;

/// <summary>A world went wrong. The message says what, where, and how to see it again.</summary>
public sealed class WorldFailedException(CheckFailedException cause, ulong seed, WorldOptions options, long events)
    : Exception(
        $"{cause.Invariant} broken at event {events} of seed {seed} ({options})\n{cause.Found}\n"
        + $"replay: ./holdfast simulate --seed {seed} {options} --trace",
        cause)
{
    public string Invariant { get; } = cause.Invariant;

    public ulong Seed { get; } = seed;
}
