using System.Globalization;

namespace Holdfast.Simulation;

/// <summary>What a seed does not decide. The text form is the command line that plays the same world again.</summary>
public sealed record WorldOptions
{
    /// <summary>The default of every option.</summary>
    public static readonly WorldOptions Usual = new();

    public int Sites { get; init; } = 3;

    public int Faults { get; init; } = 1;

    /// <summary>Seconds of virtual time in which clients ask for something; the first two thirds bring
    /// trouble.</summary>
    public int Seconds { get; init; } = 12;

    public int ClientsPerSite { get; init; } = 1;

    /// <summary>The name of an adversary, "none", or "any": the seed decides.</summary>
    public string Adversary { get; init; } = "any";

    /// <summary>Faulty replicas in each site that has any; null for f.</summary>
    public int? Faulty { get; init; }

    /// <summary>Wall clocks are wrong by so much at most, to either side; null: the seed decides.</summary>
    public int? SkewMilliseconds { get; init; }

    /// <summary>The name of one client more that does not keep to the rules, "none", or "any": the seed
    /// decides.</summary>
    public string FaultyClient { get; init; } = "any";

    /// <summary>A whole site is killed in the middle, and started again after two thirds of the time.</summary>
    public bool HasSiteDeath { get; init; }

    /// <summary>Nothing goes wrong but this: whichever site leads is soon not heard any more.</summary>
    public bool HasLostLeads { get; init; }

    /// <summary>Nothing goes wrong but this: in each site the primary, who may have decided alone, is lost.</summary>
    public bool HasTornSites { get; init; }

    /// <summary>When all is answered the world goes on for a while, and must be at rest.</summary>
    public bool IsIdleAtLast { get; init; }

    /// <summary>No crashes, cuts or bad weather.</summary>
    public bool IsCalm { get; init; }

    /// <summary>In each site f replicas stay away until all is well again, and nobody keeps old batches for them: they
    /// need the state itself.</summary>
    public bool HasAbsent { get; init; }

    /// <summary>A whole site is away for so long that the others keep no log for it: it needs their state.</summary>
    public bool HasLeftBehind { get; init; }

    /// <summary>Of the site that is left behind f replicas come back when the others have gone on from the state that
    /// they took over.</summary>
    public bool HasLate { get; init; }

    /// <summary>Replicas lose their disks while they are down, or get old copies, up to f of a site at a time.</summary>
    public bool HasWiped { get; init; }

    /// <summary>A whole site loses its disks, and comes back in its next life by the operator's drill.</summary>
    public bool HasLostSite { get; init; }

    /// <summary>The replicas of the lost site start before anybody is told of its next life, in the moment in which their
    /// vote would count: those who hold what the site had accepted are not heard.</summary>
    public bool IsEarly { get; init; }

    /// <summary>A replica that dies hangs up, as a killed process does: its peers are told. Else it falls silent, as
    /// a machine without power does.</summary>
    public bool HasHangUps { get; init; }

    /// <summary>Connections between running replicas end again and again, and they are told: at the hands of somebody in
    /// the network, and for ever at those of faulty replicas.</summary>
    public bool HasResets { get; init; }

    /// <summary>Two programs have the first client's key.</summary>
    public bool HasSharedKey { get; init; }

    /// <summary>Who took over a state, or has its vote back, soon dies once more.</summary>
    public bool HasRelapses { get; init; }

    /// <summary>Values take so much room in the state that it travels in several chunks, one of them in pieces.</summary>
    public bool HasLargeValues { get; init; }

    /// <summary>Real Ed25519 and FROST instead of ideal signatures.</summary>
    public bool HasRealKeys { get; init; }

    public bool IsTraced { get; init; }

    /// <summary>Reads what <see cref="ToString"/> writes, in any order.</summary>
    /// <exception cref="FormatException">Something is not an option.</exception>
    public static WorldOptions Parse(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var (options, rest) = (Usual, new Queue<string>(words));
        while (rest.TryDequeue(out var word))
        {
            options = word switch
            {
                "--sites" => options with { Sites = Number(rest) },
                "--faults" => options with { Faults = Number(rest) },
                "--seconds" => options with { Seconds = Number(rest) },
                "--clients" => options with { ClientsPerSite = Number(rest) },
                "--adversary" => options with { Adversary = rest.Dequeue() },
                "--faulty" => options with { Faulty = Number(rest) },
                "--skew" => options with { SkewMilliseconds = Number(rest) },
                "--faulty-client" => options with { FaultyClient = rest.Dequeue() },
                "--site-death" => options with { HasSiteDeath = true },
                "--lost-leads" => options with { HasLostLeads = true },
                "--torn-sites" => options with { HasTornSites = true },
                "--idle" => options with { IsIdleAtLast = true },
                "--calm" => options with { IsCalm = true },
                "--absent" => options with { HasAbsent = true },
                "--left-behind" => options with { HasLeftBehind = true },
                "--late" => options with { HasLate = true },
                "--lost-site" => options with { HasLostSite = true },
                "--early" => options with { IsEarly = true },
                "--wiped" => options with { HasWiped = true },
                "--hang-ups" => options with { HasHangUps = true },
                "--resets" => options with { HasResets = true },
                "--shared-key" => options with { HasSharedKey = true },
                "--relapses" => options with { HasRelapses = true },
                "--large-values" => options with { HasLargeValues = true },
                "--real-keys" => options with { HasRealKeys = true },
                _ => throw new FormatException($"Expected an option of a world; found '{word}'."),
            };
        }

        return options;
    }

    public override string ToString()
    {
        var text = new List<string> { Text("--sites", Sites), Text("--faults", Faults) };
        Add(text, Seconds != Usual.Seconds, Text("--seconds", Seconds));
        Add(text, ClientsPerSite != Usual.ClientsPerSite, Text("--clients", ClientsPerSite));
        Add(text, Adversary != Usual.Adversary, $"--adversary {Adversary}");
        Add(text, Faulty is not null, Text("--faulty", Faulty ?? 0));
        Add(text, SkewMilliseconds is not null, Text("--skew", SkewMilliseconds ?? 0));
        Add(text, FaultyClient != Usual.FaultyClient, $"--faulty-client {FaultyClient}");
        Add(text, HasSiteDeath, "--site-death");
        Add(text, HasLostLeads, "--lost-leads");
        Add(text, HasTornSites, "--torn-sites");
        Add(text, IsIdleAtLast, "--idle");
        Add(text, IsCalm, "--calm");
        Add(text, HasAbsent, "--absent");
        Add(text, HasLeftBehind, "--left-behind");
        Add(text, HasLate, "--late");
        Add(text, HasWiped, "--wiped");
        Add(text, HasLostSite, "--lost-site");
        Add(text, IsEarly, "--early");
        Add(text, HasHangUps, "--hang-ups");
        Add(text, HasResets, "--resets");
        Add(text, HasSharedKey, "--shared-key");
        Add(text, HasRelapses, "--relapses");
        Add(text, HasLargeValues, "--large-values");
        Add(text, HasRealKeys, "--real-keys");
        return string.Join(' ', text);
    }

    private static int Number(Queue<string> rest) => int.Parse(rest.Dequeue(), CultureInfo.InvariantCulture);

    private static void Add(List<string> text, bool isThere, string option)
    {
        if (isThere)
        {
            text.Add(option);
        }
    }

    private static string Text(string name, int value) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {value}");
}
