namespace Holdfast.Cli.Tests;

/// <summary>What a command said and how it ended.</summary>
internal sealed record Told(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a command inside this process.</summary>
    public static async Task<Told> ByAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return new Told(code, output.ToString(), error.ToString());
    }
}
