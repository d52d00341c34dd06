using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Cli.Bench;

namespace Holdfast.Cli.Commands;

/// <summary>What the commands under <c>holdfast bench</c> that judge have in common.</summary>
internal static class BenchOptions
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Option<FileInfo?> File(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "FILE",
    };

    public static Option<double> Seconds(string name, string description, double usual) => new(name)
    {
        Description = description,
        HelpName = "S",
        DefaultValueFactory = _ => usual,
    };

    public static Option<int> Count(string name, string description, string helpName, int usual) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => usual,
    };

    /// <exception cref="CommandFailure">It is not within these.</exception>
    public static T Within<T>(ParseResult parsed, Option<T> option, T least, T most)
        where T : IComparable<T> =>
        parsed.GetRequiredValue(option) is var value && value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? value
            : throw new CommandFailure(
                ExitCode.Usage, $"Expected {least} to {most} after {option.Name}, found {value}.");

    public static Task WriteAsync(FileInfo? file, JsonNode node) => file is null
        ? Task.CompletedTask
        : System.IO.File.WriteAllTextAsync(file.FullName, node.ToJsonString(Indented) + "\n", CancellationToken.None);

    public static Task WriteAsync(FileInfo? file, Func<string> text) => file is null
        ? Task.CompletedTask
        : System.IO.File.WriteAllTextAsync(file.FullName, text(), CancellationToken.None);

    public static JsonArray Rows(IEnumerable<JsonObject> rows) => new([.. rows]);

    public static int CodeOf(IEnumerable<Bar> bars) =>
        bars.All(bar => bar.Ok) ? ExitCode.Success : ExitCode.CheckFailed;
}
