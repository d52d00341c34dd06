using System.CommandLine;
using Holdfast.Simulation;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast simulate</c>: runs whole systems by seed, with faults, and judges them.</summary>
internal static class SimulateCommand
{
    private const int SecondsOfMany = 6;

    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "The first world's seed.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> Seeds = Number("--seeds", "Run so many worlds, from that seed on.", "K", 1);
    private static readonly Option<FileInfo?> Keep = new("--keep")
    {
        Description = "With --seeds: write down after each hundred worlds what came of them, and go on from there if it is "
            + "there already.",
        HelpName = "FILE",
    };

    private static readonly Option<int?> Sites = new("--sites")
    {
        Description = "Sites, 1 to 15; if neither this nor --faults is given, 3, and 5 in some of many worlds.",
        HelpName = "S",
    };

    private static readonly Option<int?> Faults = new("--faults")
    {
        Description = "Faults that a site masks: it has 3f + 1 replicas; if neither this nor --sites is given, 1, and 2 in "
            + "some of many worlds.",
        HelpName = "F",
    };

    private static readonly Option<int?> Seconds = new("--seconds")
    {
        Description = $"Virtual seconds in which clients ask; {WorldOptions.Usual.Seconds} if not given, {SecondsOfMany} in "
            + "many worlds.",
        HelpName = "T",
    };

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

    private static readonly Option<bool> LostLeads = new("--lost-leads")
    {
        Description = "Whichever site leads is soon not heard any more; nothing else goes wrong.",
    };

    private static readonly Option<bool> TornSites = new("--torn-sites")
    {
        Description = "Primaries that may have decided alone are lost; nothing else goes wrong.",
    };

    private static readonly Option<bool> Idle = new("--idle")
    {
        Description = "When all is answered, the world must come to rest.",
    };

    private static readonly Option<bool> Calm = new("--calm") { Description = "No crashes, cuts or bad weather." };

    private static readonly Option<bool> Absent = new("--absent")
    {
        Description = "In each site F replicas stay away for so long that they need the state itself.",
    };

    private static readonly Option<bool> Late = new("--late")
    {
        Description = "With --left-behind: f replicas of that site come back when the others have gone on.",
    };

    private static readonly Option<bool> Behind = new("--left-behind")
    {
        Description = "A whole site stays away for so long that it needs the state of the others.",
    };

    private static readonly Option<bool> LostSite = new("--lost-site")
    {
        Description = "A whole site loses its disks and comes back in its next life.",
    };

    private static readonly Option<bool> Early = new("--early")
    {
        Description = "The replicas of the lost site start before anybody is told, and those who know what it had accepted "
            + "are not heard.",
    };

    private static readonly Option<bool> Wiped = new("--wiped")
    {
        Description = "Up to F replicas of a site lose their disks while they are down, again and again.",
    };

    private static readonly Option<bool> HangUps = new("--hang-ups")
    {
        Description = "A replica that dies hangs up, as a killed process does, and its peers are told; in some of many worlds.",
    };

    private static readonly Option<bool> Resets = new("--resets")
    {
        Description = "Connections between running replicas end again and again, and faulty ones hang up as they like.",
    };

    private static readonly Option<bool> SharedKey = new("--shared-key")
    {
        Description = "Two programs have the first client's key; in some of many worlds.",
    };

    private static readonly Option<bool> Relapses = new("--relapses")
    {
        Description = "A replica that took over a state, or votes again, soon dies once more; in some of many worlds.",
    };

    private static readonly Option<bool> LargeValues = new("--large-values")
    {
        Description = "Values are so long that the state travels in several chunks, and one of them in pieces.",
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
            Seed, Seeds, Keep, Sites, Faults, Seconds, Clients, Adversary, Faulty, Skew, FaultyClient,
            SiteDeath, LostLeads, TornSites, Idle, Calm, Absent, Behind, Late, Wiped, LostSite, Early, HangUps, Resets,
            SharedKey, Relapses, LargeValues, RealKeys, Trace,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var options = new WorldOptions
        {
            Sites = parsed.GetValue(Sites) ?? WorldOptions.Usual.Sites,
            Faults = parsed.GetValue(Faults) ?? WorldOptions.Usual.Faults,
            Seconds = parsed.GetValue(Seconds) ?? (parsed.GetValue(Seeds) > 1 ? SecondsOfMany : WorldOptions.Usual.Seconds),
            ClientsPerSite = parsed.GetValue(Clients),
            Adversary = parsed.GetValue(Adversary)!,
            Faulty = parsed.GetValue(Faulty),
            SkewMilliseconds = parsed.GetValue(Skew),
            FaultyClient = parsed.GetValue(FaultyClient)!,
            HasSiteDeath = parsed.GetValue(SiteDeath),
            HasLostLeads = parsed.GetValue(LostLeads),
            HasTornSites = parsed.GetValue(TornSites),
            IsIdleAtLast = parsed.GetValue(Idle),
            IsCalm = parsed.GetValue(Calm),
            HasAbsent = parsed.GetValue(Absent),
            HasLeftBehind = parsed.GetValue(Behind),
            HasLate = parsed.GetValue(Late),
            HasWiped = parsed.GetValue(Wiped),
            HasLostSite = parsed.GetValue(LostSite),
            IsEarly = parsed.GetValue(Early),
            HasHangUps = parsed.GetValue(HangUps),
            HasResets = parsed.GetValue(Resets),
            HasSharedKey = parsed.GetValue(SharedKey),
            HasRelapses = parsed.GetValue(Relapses),
            HasLargeValues = parsed.GetValue(LargeValues),
            HasRealKeys = parsed.GetValue(RealKeys),
            IsTraced = parsed.GetValue(Trace),
        };
        var output = parsed.InvocationConfiguration.Output;
        var (seed, seeds) = (parsed.GetValue(Seed), parsed.GetValue(Seeds));
        if (seeds > 1)
        {
            var isMixed = parsed.GetValue(Sites) is null && parsed.GetValue(Faults) is null;
            return RunMany(seed, seeds, options, isMixed, parsed.GetValue(Keep), output);
        }

        if (parsed.GetValue(Keep) is not null)
        {
            throw new CommandFailure(
                ExitCode.Usage, "Expected --seeds K beside --keep FILE, for one world leaves nothing to go on with.");
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

    private static int RunMany(
        ulong seed, int seeds, WorldOptions options, bool isMixed, FileInfo? keep, TextWriter output)
    {
        var asked = isMixed ? $"{options} and other shapes" : options.ToString();
        var record = new CampaignRecord { Options = asked, First = seed, Count = seeds };
        if (keep is { Exists: true })
        {
            record = CampaignFile.Read(keep, record);
            output.WriteLine($"Going on after {record.Played} worlds ({keep}).");
        }

        new Campaign(record, options, isMixed).Run(
            done => CampaignFile.Write(keep, done),
            line => output.WriteLine(line));
        output.WriteLine(record.Summarize());
        foreach (var (what, count) in record.Injected)
        {
            output.WriteLine($"  {count,8} {what}");
        }

        return record.Failed.Count == 0 ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private static Option<int> Number(string name, string description, string helpName, int usual) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => usual,
    };
}
