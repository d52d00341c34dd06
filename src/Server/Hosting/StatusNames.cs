namespace Holdfast.Server.Hosting;

/// <summary>The names of a status report's lines: the demo's table and scripts look for them.</summary>
public static class StatusNames
{
    public const string Replica = "replica";
    public const string Process = "process";
    public const string SiteView = "site view";
    public const string Primary = "primary";
    public const string SiteSequence = "site sequence";
    public const string StableSequence = "stable sequence";
    public const string GlobalView = "global view";
    public const string InstalledView = "installed global view";
    public const string LeadingSite = "leading site";
    public const string GlobalSequence = "global sequence";
    public const string GlobalCommitted = "global committed";
    public const string PendingUpdates = "pending updates";
    public const string StateDigest = "state digest";
    public const string CheckpointSequence = "checkpoint sequence";
    public const string CheckpointDigest = "checkpoint digest";

    /// <summary>Only while a replica fetches its state from others.</summary>
    public const string StateTransfer = "state transfer";

    /// <summary>"no" while a replica is silent: it asks its peers whether its disk knows all that it has said, or has
    /// found out that it does not.</summary>
    public const string Votes = "votes";

    /// <summary>How often the replica has come back from a lost disk.</summary>
    public const string Life = "life";

    /// <summary>Of its site; not said in the first one.</summary>
    public const string SiteLife = "site life";

    /// <summary>"no" while the site waits for the update that tells of its life; not said otherwise.</summary>
    public const string TakesPart = "takes part";
    public const string AgeMilliseconds = "age ms";

    /// <summary>Replicas of the site that proved to spoil its signatures; not said if there is none.</summary>
    public const string Banned = "banned from signing";

    /// <summary>With the site's number behind it.</summary>
    public const string LinkTo = "link to site ";
    public const string Updates = "updates executed";
    public const string RequestsAnswered = "requests answered";
    public const string LatencyMilliseconds = "latency ms";
    public const string Clients = "clients";
    public const string PeersConnected = "peers connected";
    public const string Flushes = "flushes";
    public const string Turns = "turns";
    public const string Steps = "inputs stepped";
    public const string SignaturesMade = "signatures made";
    public const string SignaturesChecked = "signatures checked";
    public const string SharesMade = "shares of signatures";
    public const string SharesCombined = "shares put together";
    public const string SiteFramesSent = "wan frames sent";
    public const string SiteBytesSent = "wan bytes sent";
    public const string PeerFramesSent = "lan frames sent";
    public const string PeerBytesSent = "lan bytes sent";
    public const string FramesLost = "frames lost";

    /// <summary>With the kind's name behind it.</summary>
    public const string Evidence = "evidence ";

    /// <summary>With the rejection's name behind it.</summary>
    public const string Refused = "refused ";
    public const string UptimeSeconds = "uptime s";

    /// <summary>Where the replica's process shows its numbers to Prometheus, if it does.</summary>
    public const string Metrics = "metrics";
}
