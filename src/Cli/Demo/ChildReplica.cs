using System.Diagnostics;
using Holdfast.Cli.Commands;
using Holdfast.Protocol;

namespace Holdfast.Cli.Demo;

/// <summary>A replica of a demo in a process of its own. It watches the pipe to this process, so it ends with it, even
/// when that is killed.</summary>
/// <param name="program">Instead of this one; null for this one.</param>
/// <param name="networkNamespace">In which it runs; null for the one of this process.</param>
internal sealed class ChildReplica(
    ReplicaId id,
    string home,
    string logFile,
    IReadOnlyList<string> arguments,
    string? program = null,
    string? networkNamespace = null)
    : IDemoReplica
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(10);

    private Process? _process;
    private string? _lastError;
    private bool _isWanted;
    private volatile TaskCompletionSource<string>? _asked;

    public ReplicaId Id => id;

    public int? ProcessId => _process is { HasExited: false } process ? process.Id : null;

    public string? Trouble => _isWanted && _process is { HasExited: true } process
        ? _lastError ?? $"ended with exit code {process.ExitCode}"
        : null;

    public async Task StartAsync(CancellationToken cancel)
    {
        await StopAsync().ConfigureAwait(false);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var info = OwnProgram.StartInfo(
            ["replica", "--home", home, "--log", logFile, .. arguments], program, networkNamespace);
        var process = new Process { StartInfo = info, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.EndsWith(ReplicaCommand.Ready, StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
            else if (line.Data is { } answer)
            {
                _asked?.TrySetResult(answer);
            }
        };
        process.ErrorDataReceived += (_, line) => _lastError = line.Data ?? _lastError;
        process.Exited += (_, _) =>
        {
            ready.TrySetException(NotStarted(process));
            _asked?.TrySetException(Ended());
        };
        _lastError = null;
        _isWanted = true;
        process.Start();
        _process = process;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await ready.Task.WaitAsync(StartPatience, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new CommandFailure(
                ExitCode.NoAnswer,
                $"Expected {id} to start within {StartPatience.TotalSeconds} s, found it silent; see {logFile}.");
        }
    }

    public async Task StopAsync()
    {
        _isWanted = false;
        if (_process is { } process)
        {
            // The end of its input asks it to end; what does not hear is not asked twice.
            CloseInput(process);
            using var patience = new CancellationTokenSource(StopPatience);
            try
            {
                await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }

            Forget();
        }
    }

    public async Task KillAsync()
    {
        _isWanted = false;
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync().ConfigureAwait(false);
            Forget();
        }
    }

    public async Task<string> AskAsync(string line, CancellationToken cancel)
    {
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked = asked;
        try
        {
            await _process!.StandardInput.WriteLineAsync(line.AsMemory(), cancel).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync(cancel).ConfigureAwait(false);

            // One that has ended before this told nobody.
            return _process.HasExited && !asked.Task.IsCompleted
                ? throw Ended()
                : await asked.Task.WaitAsync(AnswerPatience, cancel).ConfigureAwait(false);
        }
        catch (IOException)
        {
            throw Ended();
        }
        catch (TimeoutException)
        {
            throw new CommandFailure(
                ExitCode.NoAnswer,
                $"Expected {id} to answer '{line}' within {AnswerPatience.TotalSeconds} s, found it silent; see {logFile}.");
        }
        finally
        {
            _asked = null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static void CloseInput(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended by itself, and a line for it is still here.
        }
    }

    private void Forget()
    {
        _process?.Dispose();
        _process = null;
    }

    private CommandFailure Ended() => new(
        ExitCode.CheckFailed, $"Expected {id} to run, found that it ended ({_lastError ?? "without a word"}); see {logFile}.");

    private CommandFailure NotStarted(Process process)
    {
        // The exit may be told before the last line of what it said.
        process.WaitForExit();
        return new CommandFailure(
            process.ExitCode == ExitCode.Success ? ExitCode.Unexpected : process.ExitCode,
            _lastError
            ?? $"Expected {id} to start, found that it ended with exit code {process.ExitCode}; see {logFile}.");
    }
}
