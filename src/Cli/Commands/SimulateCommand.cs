using System.CommandLine;
using Holdfast.Simulation;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast simulate</c>: runs whole systems by seed, with faults, and judges them.</summary>
internal static class SimulateCommand
{
    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "The first world's seed.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> Seeds = Number("--seeds", "Run so many worlds, from that seed on.", "K", 1);
    private static readonly Option<int> Sites =
        Number("--sites", "Sites, 1 to 15.", "S", WorldOptions.Usual.Sites);

    private static readonly Option<int> Faults =
        Number("--faults", "Faults that a site masks: it has 3f + 1 replicas.", "F", WorldOptions.Usual.Faults);

    private static readonly Option<int> Seconds =
        Number("--seconds", "Virtual seconds in which clients ask.", "T", WorldOptions.Usual.Seconds);

    private static readonly Option<int> Clients =
        Number("--clients", "Clients in each site.", "C", WorldOptions.Usual.ClientsPerSite);

    private static readonly Option<string> Adversary = new("--adversary")
    {
        Description = "What faulty replicas do: a name, 'none', or 'any' for as the seed says.",
        HelpName = "NAME",
        DefaultValueFactory = _ => WorldOptions.Usual.Adversary,
    };

    private static readonly Option<int?> Faulty = new("--faulty")
    {
        Description = "Faulty replicas in each site that has any; f if not given.",
        HelpName = "N",
    };

    private static readonly Option<int?> Skew = new("--skew")
    {
        Description = "Milliseconds by which wall clocks are wrong at most; as the seed says if not given.",
        HelpName = "MS",
    };

    private static readonly Option<string> FaultyClient = new("--faulty-client")
    {
        Description = "What one more, faulty client does: a name, 'none', or 'any' for as the seed says.",
        HelpName = "NAME",
        DefaultValueFactory = _ => WorldOptions.Usual.FaultyClient,
    };

    private static readonly Option<bool> SiteDeath = new("--site-death")
    {
        Description = "Kill a whole site in the middle, and start it again.",
    };

    private static readonly Option<bool> Calm = new("--calm") { Description = "No crashes, cuts or bad weather." };

    private static readonly Option<bool> Absent = new("--absent")
    {
        Description = "In each site F replicas stay away for so long that they need the state itself.",
    };

    private static readonly Option<bool> RealKeys = new("--real-keys")
    {
        Description = "Real Ed25519 and FROST instead of ideal signatures.",
    };

    private static readonly Option<bool> Trace = new("--trace") { Description = "Tell what happens." };

    public static Command Build()
    {
        var command = new Command("simulate", "Run whole systems by seed, with faults, and judge them.")
        {
            Seed, Seeds, Sites, Faults, Seconds, Clients,
            Adversary, Faulty, Skew, FaultyClient, SiteDeath, Calm, Absent, RealKeys, Trace,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var options = new WorldOptions
        {
            Sites = parsed.GetValue(Sites),
            Faults = parsed.GetValue(Faults),
            Seconds = parsed.GetValue(Seconds),
            ClientsPerSite = parsed.GetValue(Clients),
            Adversary = parsed.GetValue(Adversary)!,
            Faulty = parsed.GetValue(Faulty),
            SkewMilliseconds = parsed.GetValue(Skew),
            FaultyClient = parsed.GetValue(FaultyClient)!,
            HasSiteDeath = parsed.GetValue(SiteDeath),
            IsCalm = parsed.GetValue(Calm),
            HasAbsent = parsed.GetValue(Absent),
            HasRealKeys = parsed.GetValue(RealKeys),
            IsTraced = parsed.GetValue(Trace),
        };
        var output = parsed.InvocationConfiguration.Output;
        var (seed, seeds) = (parsed.GetValue(Seed), parsed.GetValue(Seeds));
        if (seeds > 1)
        {
            return SeedRunner.RunMany(seed, seeds, options, output.WriteLine).Count == 0
                ? ExitCode.Success
                : ExitCode.CheckFailed;
        }

        try
        {
            output.WriteLine(SeedRunner.Run(seed, options, output.WriteLine));
            return ExitCode.Success;
        }
        catch (WorldFailedException failure)
        {
            throw new CommandFailure(ExitCode.CheckFailed, failure.Message);
        }
    }

    private static Option<int> Number(string name, string description, string helpName, int usual) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => usual,
    };
}
