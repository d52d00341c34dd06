using Holdfast.Protocol.Messages;
using static Holdfast.Protocol.Tests.OrderingStage;

namespace Holdfast.Protocol.Tests;

/// <summary>A site that would contradict itself stops, by the name of the rule.</summary>
public sealed class OrderingInvariantsTests
{
    private readonly GlobalLog _log = new();

    [Fact]
    public void A_log_has_no_gaps() => Breaks("G1", () => _log.Append(Entry(2)));

    [Fact]
    public void What_is_committed_is_not_dropped()
    {
        _log.Append(Entry(1));
        _log.CommitUpTo(G(1));
        Breaks("G2", () => _log.TruncateAbove(G(0)));
        Breaks("G2", () => _log.StartAt(G(1), default, At(1)));
    }

    [Fact]
    public void Nothing_beyond_the_log_is_committed() => Breaks("G3", () => _log.CommitUpTo(G(1)));

    [Fact]
    public void Entries_are_executed_in_order_and_only_when_they_were_handed_out()
    {
        _log.Append(Entry(1));
        Breaks("G4", () => _log.OnExecuted(G(1)));
    }

    [Fact]
    public void A_log_that_is_not_the_views_takes_no_accept()
    {
        var held = new InstalledLog();
        held.TakeFact(Entry(1));
        Breaks("G5", () => held.Accept(Entry(2)));
    }

    [Fact]
    public void Only_updates_are_ordered_among_sites() => Breaks(
        "G6",
        () => new GlobalOrdering(Genesis(3), Site(0)).TryTakeOwn(Update(1) with { Level = RequestLevel.Ordered }));

    [Fact]
    public void A_view_is_not_installed_on_another_log_than_it_names()
    {
        var held = new InstalledLog();
        held.Accept(Entry(1));
        var view = new ViewLog(V(1), G(1), Digest.Of("another"u8), [], Site(0), Site(0));
        Assert.False(held.Reaches(view));
        Breaks("G8", () => held.Install(view, []));
    }

    [Fact]
    public void A_machine_executes_each_batch_once_and_its_time_does_not_go_back()
    {
        var world = new MachineWorld(1);
        world.Do(0);
        Breaks("M2", () => world[0].Execute(new(1), new Batch(world.Now, [])));
        Breaks("M3", () => world[0].Execute(new(2), new Batch(At(1), [])));
    }

    private static FilledEntry Entry(ulong sequence) => FilledEntry.Of(G(sequence), At((long)sequence), []);

    private static void Breaks(string name, Action act) =>
        Assert.Equal(name, Assert.Throws<InvariantBrokenException>(act).Name);
}
