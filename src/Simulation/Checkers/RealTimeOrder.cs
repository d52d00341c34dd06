namespace Holdfast.Simulation.Checkers;

/// <summary>
/// What was asked after an answer is not answered from before it. Positions in the global order are the witness:
/// together with <see cref="TrueAnswers"/>, which holds that an answer is what stood at its position, this is
/// linearizability among those who ask here; of one client alone it is that it never sees less than it has seen.
/// </summary>
/// <param name="promise">Names what is broken.</param>
public sealed class RealTimeOrder(string promise)
{
    private readonly List<Told> _told = [];

    /// <summary>An update was answered.</summary>
    public void Update(string name, long calledAt, long returnedAt, GlobalPosition position) =>
        _told.Add(new(name, calledAt, returnedAt, IsUpdate: true, position, position));

    /// <summary>A query was answered.</summary>
    /// <param name="readAt">It saw all entries up to here.</param>
    /// <param name="seen">Later answers may not be from before this.</param>
    public void Query(string name, long calledAt, long returnedAt, GlobalSequence readAt, GlobalSequence seen) =>
        _told.Add(new(name, calledAt, returnedAt, IsUpdate: false, EndOf(readAt), EndOf(seen)));

    public void Conclude()
    {
        var byCall = _told.OrderBy(told => told.CalledAt).ToArray();
        var byReturn = new Queue<Told>(_told.OrderBy(told => told.ReturnedAt));
        Told? furthest = null;
        foreach (var later in byCall)
        {
            while (byReturn.TryPeek(out var earlier) && earlier.ReturnedAt < later.CalledAt)
            {
                furthest = furthest is null || earlier.Seen.CompareTo(furthest.Seen) > 0 ? earlier : furthest;
                byReturn.Dequeue();
            }

            var order = furthest is null ? 1 : later.Position.CompareTo(furthest.Seen);
            if (order < 0 || (order == 0 && later.IsUpdate))
            {
                throw new CheckFailedException(promise, $"{later} was asked after the answer to {furthest}");
            }
        }
    }

    private static GlobalPosition EndOf(GlobalSequence sequence) => new(sequence, uint.MaxValue);

    /// <summary>One answer.</summary>
    /// <param name="Position">An update's own place, or the end of what a query saw.</param>
    private sealed record Told(
        string Name, long CalledAt, long ReturnedAt, bool IsUpdate, GlobalPosition Position, GlobalPosition Seen)
    {
        public override string ToString() =>
            $"{Name} [{CalledAt}, {ReturnedAt}] at {Position.Sequence}{(IsUpdate ? $".{Position.Place}" : "")}";
    }
}
