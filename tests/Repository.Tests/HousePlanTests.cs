using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Holdfast.Repository.Tests;

/// <summary>The plan of the house. To open a door in a wall, change this table, and say why in an ADR.</summary>
public sealed class HousePlanTests
{
    [Theory]
    [InlineData("Protocol", "")]
    [InlineData("Cryptography", "")]
    [InlineData("Node", "Cryptography Protocol")]
    [InlineData("Client", "Cryptography Protocol")]
    [InlineData("Simulation", "Client Cryptography Node Protocol")]
    [InlineData("Server", "Cryptography Node Protocol")]
    [InlineData("Cli", "Client Server Simulation")]
    public void A_project_sees_only_what_the_plan_allows(string project, string allowed)
    {
        var references = XDocument.Load(Checkout.Path("src", project, $"{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Assert.Equal(allowed, string.Join(' ', references.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Every_project_of_the_source_stands_in_the_plan()
    {
        var projects = Directory.EnumerateDirectories(Checkout.Path("src")).Select(Path.GetFileName);

        Assert.Equal(
            ["Cli", "Client", "Cryptography", "Node", "Protocol", "Server", "Simulation"],
            projects.Order(StringComparer.Ordinal));
    }

    /// <summary>Misbehaviour is written once, for worlds; only a program among the tests, which is never packed, puts
    /// it inside a real replica.</summary>
    [Fact]
    public void What_is_shipped_puts_no_adversary_inside_a_replica()
    {
        var doors = new Regex(@"Simulation\.Adversaries|\b(Ports|Disk) = ");
        var opened = from folder in new[] { "src/Cli", "src/Server" }
                     from file in Checkout.Files(folder, "*.cs")
                     from line in File.ReadLines(file)
                     where doors.IsMatch(line)
                     where !line.Contains("internal Func<", StringComparison.Ordinal)
                     select $"{file}: {line.Trim()}";

        Assert.Empty(opened);
        Assert.Contains(
            "<IsPackable>false</IsPackable>", File.ReadAllText(Checkout.Path("tests/Insider/Insider.csproj")));
    }

    /// <summary>The lower order knows replicas, the upper one sites; they meet in Replica.cs and SiteMachine.cs
    /// alone.</summary>
    [Theory]
    [InlineData("SiteLog", "GlobalOrdering", "GlobalSequence", "GlobalView", "LinkSender")]
    [InlineData("GlobalOrdering", "SiteLog", "SiteSequence", "SiteView", "ReplicaId")]
    public void A_machine_does_not_name_the_other(string folder, params string[] foreign)
    {
        foreach (var file in Checkout.Files($"src/Protocol/{folder}", "*.cs"))
        {
            var code = File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));
            var named = foreign.Where(word => code.Any(line => line.Contains(word, StringComparison.Ordinal)));

            Assert.True(!named.Any(), $"{file} names {string.Join(", ", named)}");
        }
    }
}
