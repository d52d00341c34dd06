using System.Diagnostics;

namespace Holdfast.Cli.Bench.Etcd;

/// <summary>Where the program etcd is.</summary>
internal static class EtcdProgram
{
    private const string Name = "etcd";
    private const string Package = "etcd-server";

    /// <summary>The one on the path; or else Debian's, unpacked into a folder: installed, it would start a server of
    /// its own.</summary>
    /// <param name="path">Folders as in PATH.</param>
    /// <exception cref="CommandFailure">There is none, and none can be had.</exception>
    public static async Task<string> FindAsync(string? path, string folder, CancellationToken cancel)
    {
        if (On(path, Name) is { } installed)
        {
            return installed;
        }

        var unpacked = Path.Combine(folder, "usr", "bin", Name);
        if (On(path, "apt-get") is { } apt && On(path, "dpkg-deb") is { } dpkg)
        {
            if (!await DoneAsync(apt, ["download", "-qq", Package], folder, cancel).ConfigureAwait(false)
                && await DoneAsync(apt, ["update", "-qq"], folder, cancel).ConfigureAwait(false))
            {
                await DoneAsync(apt, ["download", "-qq", Package], folder, cancel).ConfigureAwait(false);
            }

            if (Directory.GetFiles(folder, $"{Package}_*.deb") is [var file, ..])
            {
                await DoneAsync(dpkg, ["-x", file, folder], folder, cancel).ConfigureAwait(false);
            }
        }

        return File.Exists(unpacked)
            ? unpacked
            : throw new CommandFailure(
                ExitCode.Environment,
                $"Expected the program {Name} on the PATH, found none, and Debian's package could not be had. Install it: "
                + $"sudo apt-get install {Package}");
    }

    public static string? On(string? path, string program) => path?.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task<bool> DoneAsync(
        string program, IReadOnlyList<string> arguments, string folder, CancellationToken cancel)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = new Process { StartInfo = info };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        return process.ExitCode == 0;
    }
}
