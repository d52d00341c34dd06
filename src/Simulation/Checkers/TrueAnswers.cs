namespace Holdfast.Simulation.Checkers;

/// <summary>An answer is what the one global order gives at the place that it names: a query's what stood in its
/// register after that prefix and when that was changed last, an update's what it did itself.</summary>
public sealed class TrueAnswers
{
    private readonly List<Answer> _answers = [];

    /// <summary>Answers that were compared with the order, so far.</summary>
    public int Count => _answers.Count;

    public void Update(string name, RegisterDeed deed, GlobalPosition position, long value) =>
        _answers.Add(new(name, deed, position, ChangedAt: null, value));

    public void Query(
        string name, RegisterDeed deed, GlobalSequence readAt, GlobalSequence changedAt, long value) =>
        _answers.Add(new(name, deed, new(readAt, uint.MaxValue), changedAt, value));

    public void Conclude(OneGlobalOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var registers = new SortedDictionary<int, (GlobalSequence ChangedAt, long Value)>();
        using var entries = order.InOrder().GetEnumerator();
        var isThere = entries.MoveNext();
        foreach (var answer in _answers.OrderBy(answer => answer.Position))
        {
            // An update's own effect included: what it answers is what stands there after it.
            for (; isThere && entries.Current.Position.CompareTo(answer.Position) <= 0; isThere = entries.MoveNext())
            {
                if (Registers.DeedOf(entries.Current.Operation) is { IsWrite: true } write)
                {
                    registers[write.Register] = (entries.Current.Position.Sequence, write.Number);
                }
            }

            var truth = registers.GetValueOrDefault(answer.Deed.Register, (default, Registers.NeverWritten));
            Compare(answer, truth.ChangedAt, truth.Value);
        }
    }

    private static void Compare(Answer answer, GlobalSequence changedAt, long value)
    {
        // An application that cannot tell when something changed gives the place of the state in its stead.
        var expected = Registers.TellsChange(answer.Deed.Register) ? changedAt : answer.Position.Sequence;
        if (answer.Value != value || (answer.ChangedAt is { } told && told != expected))
        {
            throw new CheckFailedException(
                nameof(TrueAnswers),
                $"{answer.Name} was told {answer.Value} at {answer.Position.Sequence}, changed at {answer.ChangedAt}; "
                + $"there stood {value}, changed at {expected}");
        }
    }

    private sealed record Answer(
        string Name, RegisterDeed Deed, GlobalPosition Position, GlobalSequence? ChangedAt, long Value);
}
