using System.Diagnostics;

namespace Holdfast.Cli.Demo;

/// <summary>How this program is started once more.</summary>
internal static class OwnProgram
{
    /// <summary>With pipes for what it is told and says.</summary>
    /// <param name="program">Instead of this one; null for this one.</param>
    /// <param name="networkNamespace">In which it runs; null for the one of this process.</param>
    public static ProcessStartInfo StartInfo(
        IEnumerable<string> arguments, string? program = null, string? networkNamespace = null)
    {
        var path = Environment.ProcessPath!;
        var info = new ProcessStartInfo(networkNamespace is null ? path : "ip")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (networkNamespace is not null)
        {
            // It becomes what it starts, so the process is the one that was started.
            foreach (var argument in (IEnumerable<string>)["netns", "exec", networkNamespace, path])
            {
                info.ArgumentList.Add(argument);
            }
        }

        var running = Path.GetFileNameWithoutExtension(path);
        if (program is not null || !string.Equals(running, nameof(Holdfast), StringComparison.OrdinalIgnoreCase))
        {
            info.ArgumentList.Add(program ?? typeof(OwnProgram).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }
}
