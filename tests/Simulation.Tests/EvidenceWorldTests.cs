namespace Holdfast.Simulation.Tests;

/// <summary>Whole worlds whose liars are shown, and in which nobody else ever is.</summary>
public sealed class EvidenceWorldTests
{
    [Fact]
    public void A_primary_that_tells_one_replica_two_stories_is_shown()
    {
        var judges = Run("TwoFacedPrimary");

        Assert.Contains(judges, judge => judge.Shown.Found > 0);
        Assert.Contains(judges, judge => judge.Framed.Accusations > 0);
    }

    [Fact]
    public void Who_spoils_his_sites_signature_is_shown() =>
        Assert.Contains(Run("BadShares"), judge => judge.Framed.Accusations > 0);

    [Fact]
    public void Where_nobody_lies_under_his_own_signature_nobody_is_accused() =>
        Assert.All(Run("Silent"), judge => Assert.Equal(0, judge.Framed.Accusations));

    private static List<Judge> Run(string adversary)
    {
        var judges = new List<Judge>();
        for (ulong seed = 1; seed <= 4; seed++)
        {
            var world = new World(seed, new WorldOptions { Seconds = 6, Adversary = adversary }, _ => { });
            world.Run();
            judges.Add(world.Judge);
        }

        return judges;
    }
}
