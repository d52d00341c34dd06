using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>An outcome is one that may be told, is told once, and is kept: what was rejected never runs, before or
/// after, and nothing runs later than its client allowed.</summary>
public sealed class HonestOutcomes
{
    private readonly HashSet<Bytes> _rejected = [];
    private readonly HashSet<Bytes> _executed = [];
    private readonly HashSet<string> _told = [];
    private readonly Dictionary<Bytes, Timestamp> _notAfter = [];

    /// <summary>An update is on its way that must not run after this GlobalTime.</summary>
    public void Limited(Bytes operation, Timestamp notAfter) => _notAfter[operation] = notAfter;

    /// <param name="isUpdate">False for a query.</param>
    /// <param name="isAbandoned">The client itself stopped waiting, so that the outcome need not be known.</param>
    public void Told(
        string name, Bytes operation, bool isUpdate, bool isAbandoned, Outcome outcome, RefusedBecause because)
    {
        if (!_told.Add(name))
        {
            throw new CheckFailedException(nameof(HonestOutcomes), $"{name} was told a second outcome, {outcome}");
        }

        var mayBe = outcome switch
        {
            Outcome.Committed => isUpdate,
            Outcome.Answered or Outcome.Behind => !isUpdate,
            Outcome.Unknown => because == RefusedBecause.None
                ? isAbandoned
                : because == RefusedBecause.NoSession && isUpdate,
            Outcome.Rejected => because == RefusedBecause.None
                ? isAbandoned
                : because == RefusedBecause.TooLate && _notAfter.ContainsKey(operation),
            _ => false,
        };
        if (!mayBe)
        {
            throw new CheckFailedException(
                nameof(HonestOutcomes), $"{name} was told {outcome} because {because}, which cannot be");
        }

        if (outcome == Outcome.Rejected && isUpdate)
        {
            _rejected.Add(operation);
            AssertNeverBoth(operation);
        }
    }

    public void Executed(ReplicaId replica, Bytes operation, Timestamp globalTime)
    {
        if (_notAfter.TryGetValue(operation, out var notAfter) && globalTime > notAfter)
        {
            throw new CheckFailedException(
                nameof(HonestOutcomes),
                $"{replica} executed {operation} {(globalTime - notAfter).TotalSeconds} s after the time that it had");
        }

        _executed.Add(operation);
        AssertNeverBoth(operation);
    }

    private void AssertNeverBoth(Bytes operation)
    {
        if (_rejected.Contains(operation) && _executed.Contains(operation))
        {
            throw new CheckFailedException(nameof(HonestOutcomes), $"{operation} was told as rejected, and it runs");
        }
    }
}
