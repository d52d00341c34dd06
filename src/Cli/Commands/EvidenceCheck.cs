using System.Globalization;
using System.Text;
using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Commands;

/// <summary>Checks evidence with the keys of a topology, and tells in words for people what it proves.</summary>
internal sealed class EvidenceCheck(Topology topology)
{
    private readonly Ed25519Verifier _verifier = new();
    private readonly FrostShareVerifier _shareVerifier = new();

    /// <summary>Null if it is no whole evidence of a known format.</summary>
    /// <exception cref="ConfigurationException">There is no file that can be read.</exception>
    public static EvidenceFile? Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= Limits.EvidenceBytes
                ? EvidenceFile.Decode(File.ReadAllBytes(path))
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"Expected a file at {path}, found none that can be read ({failure.Message}).", failure);
        }
    }

    /// <summary>Why it proves nothing, as a sentence; null if it proves what it says.</summary>
    public string? RefusalOf(EvidenceFile file) =>
        file.Refusal(topology.Genesis, _verifier, _shareVerifier) switch
        {
            Rejection.None => null,
            Rejection.WrongCluster => "Nothing is proven: it is of another system than the topology.",
            Rejection.WrongSite or Rejection.UnknownSender =>
                "Nothing is proven: it accuses a replica that the topology does not have.",
            Rejection.BadSignature => $"Nothing is proven: {file.Accused} has not signed this.",
            Rejection.UnknownAssignment => "Nothing is proven: the share was signed for another assignment.",
            Rejection.NotBad => "Nothing is proven: what was signed is as it should be.",
            var other => $"Nothing is proven: {other}.",
        };

    public static string Proves(EvidenceFile file)
    {
        var text = new StringBuilder();
        Line(text, $"Proven: {file.Accused} has signed what no correct replica signs: {Meaning(file.Evidence.Kind)}.");
        AddStatements(text, file);
        Line(text, $"Cluster {file.Cluster.ToHex()}. Noticed by replica {file.Site.Index}.{file.Witness} at "
            + $"{TimeOf(file)}; that is its word and not proven.");
        Line(text, "It does not say why: a liar, a stolen key, a copied folder and a broken machine look alike.");
        return text.ToString();
    }

    /// <param name="all">The same, as each witness has it.</param>
    public static string Summary(EvidenceFile file, IEnumerable<EvidenceFile> all)
    {
        var text = new StringBuilder();
        Line(text, $"{file.Accused}: {file.Evidence.Kind}: {Meaning(file.Evidence.Kind)}");
        AddStatements(text, file);
        var witnesses = all.Select(one => one.Witness).Distinct().Order();
        Line(text, $"    noticed by replicas {string.Join(' ', witnesses)} of {file.Site}, at {TimeOf(file)}");
        return text.ToString();
    }

    private static void AddStatements(StringBuilder text, EvidenceFile file)
    {
        foreach (var statement in file.Evidence.Statements)
        {
            Line(text, $"    {statement}");
        }
    }

    private static string Meaning(EvidenceKind kind) => kind switch
    {
        EvidenceKind.TwoOffers => "as primary it offered two batches for one place of one view",
        EvidenceKind.TwoPrepares => "it voted for two batches at one place of one view",
        EvidenceKind.TwoCheckpoints => "it told two states for one place",
        EvidenceKind.TwoViewChanges => "it told two stories of what it held when it left for one view",
        EvidenceKind.TwoNewViews => "as primary it began one view in two ways",
        EvidenceKind.OfferAgainstNewView => "as primary it offered another batch than its own new view demands",
        EvidenceKind.TwoShares => "it gave two shares of one signature",
        EvidenceKind.BadShare => "it gave a share of a signature that does not fit",
        EvidenceKind.NoPoints => "it published commitments with which nobody can sign",
        _ => $"kind {(int)kind}",
    };

    // A liar's clock may say anything: what no calendar has is shown as a number.
    private static string TimeOf(EvidenceFile file)
    {
        var microseconds = file.NoticedAt.Microseconds;
        return microseconds is >= 0 and < 253_402_300_800_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(microseconds / 1000).ToString("u", CultureInfo.InvariantCulture)
            : microseconds.ToString(CultureInfo.InvariantCulture);
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
