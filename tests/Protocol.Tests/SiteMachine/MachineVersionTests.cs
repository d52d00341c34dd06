using static Holdfast.Protocol.Tests.GlobalStage;

namespace Holdfast.Protocol.Tests;

/// <summary>The version of the site machine is agreed: whoever runs another one refuses the system and its
/// state.</summary>
public sealed class MachineVersionTests
{
    private const uint Other = SiteMachine.Version + 1;

    [Fact]
    public void A_system_of_another_machine_version_is_refused()
    {
        var genesis = Sample.Genesis(1) with { MachineVersion = Other };

        var refused = Assert.Throws<WrongMachineException>(() => GlobalState.Begin(genesis, new TestMachine()));

        Assert.Equal(
            $"The state is one of 'test 1 on machine {Other}', this program runs 'test 1 on machine "
            + $"{SiteMachine.Version}'. Start the program that fits it.",
            refused.Message);
    }

    [Fact]
    public void A_stored_state_of_another_machine_version_is_refused()
    {
        var map = new AuthenticatedMap(new GlobalStage().State.Snapshot().Map);
        var header = GlobalHeader.Load(map.Snapshot())!;
        header.Save(map);
        Assert.Equal(header.Executed, new GlobalState(map.Snapshot(), new TestMachine()).Executed);

        (header with { MachineVersion = Other }).Save(map);

        Assert.Throws<WrongMachineException>(() => new GlobalState(map.Snapshot(), new TestMachine()));
    }

    [Fact]
    public void The_version_is_part_of_the_genesis_and_comes_back_from_its_bytes()
    {
        var genesis = Sample.Genesis(1, 1) with { MachineVersion = Other };

        var read = Genesis.Decode(genesis.Encode().Span)!;

        Assert.Equal((genesis.Cluster, Other), (read.Cluster, read.MachineVersion));
        Assert.NotEqual(Sample.Genesis(1, 1).Cluster, read.Cluster);
    }

    /// <summary>All that three sites say and come to, from updates at each, a site cut off, a change of leading site
    /// and a long rest. Whoever has to type in another digest here raises <see cref="SiteMachine.Version"/>, unless no
    /// system runs yet that has the one before.</summary>
    [Fact]
    public void The_machine_of_this_version_says_and_comes_to_this()
    {
        Assert.Equal(10U, SiteMachine.Version);
        var world = new MachineWorld(3);
        var session = world.Open(1);
        var number = 1UL;
        for (var round = 0; round < 40; round++)
        {
            Update(world, round % 3, session, number++);
            world.CutOff.Clear();
            if (round is > 10 and < 25)
            {
                world.CutOff.Add(0);
            }

            world.Talk(rounds: round == 30 ? 2000 : 20);
        }

        Assert.True(world[1].Ordering.View > default(GlobalView), "No change of leading site happened.");
        Assert.True(world.Checkpoints > 10, "Too few checkpoints to stand for the state.");
        Assert.Equal(
            "50596c709fc41f1723d4c981799b7456328b79c7d61516da5d52054e007e31be", world.Said.ToHex());
    }

    private static void Update(MachineWorld world, int site, GlobalPosition session, ulong number) =>
        world.Do(site, Request(Writer, session, number, Do("update")));
}
