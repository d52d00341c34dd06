using System.Text.RegularExpressions;

namespace Holdfast.Repository.Tests;

public sealed partial class TidinessTests
{
    [Fact]
    public void Every_link_in_the_documents_leads_somewhere()
    {
        var documents = Directory.EnumerateFiles(Checkout.Root, "*.md")
            .Concat(Checkout.Files("docs", "*.md"))
            .ToArray();
        var dead = from document in documents
                   from Match link in MarkdownLink().Matches(File.ReadAllText(document))
                   let target = link.Groups["target"].Value.Split('#')[0]
                   where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                   let path = Path.Combine(Path.GetDirectoryName(document)!, target)
                   where !File.Exists(path) && !Directory.Exists(path)
                   select $"{document}: {target}";

        Assert.NotEmpty(documents);
        Assert.Empty(dead);
    }

    [Fact]
    public void No_unfinished_work_is_left_in_the_source()
    {
        // Spelled in two parts, so that this file does not find itself.
        string[] marks = ["TO" + "DO", "FIX" + "ME", "Not" + "ImplementedException"];
        var left = from folder in new[] { "src", "tests" }
                   from file in Checkout.Files(folder, "*.cs")
                   from line in File.ReadLines(file)
                   where marks.Any(mark => line.Contains(mark, StringComparison.Ordinal))
                   select $"{file}: {line.Trim()}";

        Assert.Empty(left);
    }

    [Fact]
    public void Every_kind_of_word_has_a_row_in_the_protocol_document()
    {
        var document = File.ReadAllText(Checkout.Path("docs", "protocol.md"));
        var kinds = new[] { "SiteWord.cs", "SiteInput.cs", "StreamBody.cs", "ClientFrame.cs" }
            .SelectMany(file => EnumMember().Matches(File.ReadAllText(Checkout.Path("src/Protocol/Messages", file))))
            .Select(match => match.Groups["name"].Value)
            .ToArray();

        Assert.True(kinds.Length > 20);
        var missing = kinds.Where(kind => !document.Contains($"| `{kind}`", StringComparison.Ordinal)).ToArray();
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex(@"^    (?<name>[A-Z]\w+) = \d+,", RegexOptions.Multiline)]
    private static partial Regex EnumMember();
}
