using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client.Tests;

/// <summary>Whole conversations by seed, with f liars in each site and connections that lose and break.</summary>
public sealed class LyingReplicaTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(1, 1, 15)]
    [InlineData(3, 1, 15)]
    [InlineData(2, 2, 10)]
    [InlineData(3, 0, 20)]
    public void With_f_liars_in_each_site_every_outcome_is_true_and_every_update_runs_once(
        int sites, int faults, int lossPercent)
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var system = new ModelSystem(seed, sites, faults, lossPercent);
            var dice = new Dice(seed * 77);
            var updates = new SortedDictionary<ulong, string>();
            var queries = new List<ulong>();
            var (seen, given) = (0UL, new SortedSet<ulong>());
            for (var round = 0; round < 12; round++)
            {
                for (var count = dice.Below(6); count >= 0; count--)
                {
                    var body = $"{round}.{count}";
                    updates.Add(system.Update(body), body);
                }

                queries.Add(system.Query((QueryLevel)dice.Below(3)));
                if (lossPercent > 0 && dice.Percent(50))
                {
                    var site = new SiteId(dice.Below(sites));
                    system.Break(new(site, dice.Below(system.Genesis[site].Size.Replicas)));
                }

                Assert.True(system.Run(), $"No outcome in time: seed {seed}, round {round}.");
                seen = Check(system, updates, queries, given, seen, seed);
                updates.Clear();
                queries.Clear();
            }
        }
    }

    private static ulong Check(
        ModelSystem system,
        SortedDictionary<ulong, string> updates,
        List<ulong> queries,
        SortedSet<ulong> given,
        ulong seen,
        ulong seed)
    {
        var highest = seen;
        system.ExecuteAll();
        foreach (var (ticket, body) in updates)
        {
            var outcome = system.Outcomes[ticket];
            Assert.True(outcome.Outcome == Outcome.Committed, $"seed {seed}: {body} is {outcome}");
            Assert.True(system.TimesExecuted(body) == 1, $"seed {seed}: {body} ran {system.TimesExecuted(body)} times");
            Assert.True(given.Add(TallyMachine.Decode(outcome.Result)), $"seed {seed}: one total was given twice");
            Assert.True(given.Max <= system.Totals[^1], $"seed {seed}: nobody ever counted {given.Max}");
            highest = Math.Max(highest, TallyMachine.Decode(outcome.Result));
        }

        foreach (var outcome in queries.Select(ticket => system.Outcomes[ticket]))
        {
            Assert.True(outcome.Outcome == Outcome.Answered, $"seed {seed}: a query is {outcome}");
            var total = TallyMachine.Decode(outcome.Result);
            Assert.True(system.Totals.Contains(total), $"seed {seed}: nobody ever counted {total}");
            Assert.True(total >= seen, $"seed {seed}: saw {seen} and then {total}");
            highest = Math.Max(highest, total);
        }

        var isReal = system.Session.Floor.Number <= (ulong)system.Totals.Count;
        Assert.True(isReal, $"seed {seed}: the floor is in the future");
        return highest;
    }
}
