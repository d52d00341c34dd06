namespace Holdfast.Cli;

/// <summary>A command cannot go on. The message is one sentence for the user.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
