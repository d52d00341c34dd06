using System.Globalization;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Hosting;

namespace Holdfast.Cli.Demo;

/// <summary>What one replica said of itself, by name. Its own word and no more.</summary>
internal sealed class ReplicaReport(IReadOnlyList<StatusField> fields)
{
    public IReadOnlyList<StatusField> Fields => fields;

    /// <summary>Empty if it did not say.</summary>
    public string this[string name] => fields.FirstOrDefault(field => field.Name == name).Value ?? string.Empty;

    /// <summary>0 if it did not say, or nothing that is a number.</summary>
    public double Number(string name) =>
        double.TryParse(this[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Which replica of its site speaks to that one now.</summary>
    public int Representative(SiteId peer) => (int)NumberAfter(peer, "representative");

    /// <summary>Since when it does, by the site's clock.</summary>
    public Timestamp EpochSince(SiteId peer) => new(NumberAfter(peer, "since"));


    private long NumberAfter(SiteId peer, string word)
    {
        var words = this[$"{StatusNames.LinkTo}{peer.Index}"].Split(' ', ',');
        return long.Parse(words[Array.IndexOf(words, word) + 1], CultureInfo.InvariantCulture);
    }

    /// <summary>Which replica of its site speaks to another site now, for each link.</summary>
    public string Representatives() => string.Join(' ', fields
        .Where(field => field.Name.StartsWith(StatusNames.LinkTo, StringComparison.Ordinal))
        .Select(field => $"{field.Value.Split(' ', ',')[1]}->{field.Name[StatusNames.LinkTo.Length..]}"));
}
