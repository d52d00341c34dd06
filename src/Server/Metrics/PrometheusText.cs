using System.Globalization;
using System.Text;

namespace Holdfast.Server.Metrics;

/// <summary>One number with its name and labels.</summary>
internal readonly record struct Sample(string Name, bool IsCounter, string Help, string Labels, double Value);

/// <summary>The text format that Prometheus reads, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<Sample> samples)
    {
        var text = new StringBuilder();
        foreach (
            var family in samples.GroupBy(sample => sample.Name).OrderBy(family => family.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            text.Append("# HELP ").Append(first.Name).Append(' ').Append(first.Help).Append('\n');
            text.Append("# TYPE ").Append(first.Name).Append(first.IsCounter ? " counter\n" : " gauge\n");
            foreach (var sample in family.OrderBy(sample => sample.Labels, StringComparer.Ordinal))
            {
                text.Append(sample.Name);
                if (sample.Labels.Length > 0)
                {
                    text.Append('{').Append(sample.Labels).Append('}');
                }

                text.Append(' ').Append(sample.Value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
            }
        }

        return text.ToString();
    }

    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            var shown = Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
            text.Append(text.Length == 0 ? string.Empty : ",").Append(name).Append("=\"")
                .Append(shown.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
        }

        return text.ToString();
    }
}
