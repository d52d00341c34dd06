using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Attacks;

/// <summary>The program that runs a replica with an adversary inside. It is no part of holdfast: the tests of a
/// checkout have it, and only what is built there is found.</summary>
internal static class InsiderProgram
{
    /// <summary>Its answer to an <see cref="InsiderOrder"/>: until then its replica is a correct one.</summary>
    public const string Began = "began";

    /// <summary>Said to it: from then on its replica is a correct one again, and it answers with all its
    /// <see cref="Deeds"/>.</summary>
    public const string End = "end";

    /// <summary>Not what a replica says is at fault, but what it stands on.</summary>
    public const string SlowDisk = "SlowDisk";

    private const string Project = "tests/Insider";
    private const string File = "bin/Release/net10.0/holdfast-insider.dll";

    /// <exception cref="CommandFailure">It is not built, or this is not run from a checkout.</exception>
    public static OtherProgram Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, Project)))
        {
            folder = folder.Parent;
        }

        var program = folder is null ? null : Path.Combine(folder.FullName, Project, File);
        return program is not null && Path.Exists(program)
            ? new(program)
            : throw new CommandFailure(
                ExitCode.Configuration,
                "Expected the program with adversaries inside, which is no part of holdfast, found none; in a checkout "
                + $"of the source, build it with 'dotnet build {Project} -c Release'.");
    }
}
