using System.Collections.Concurrent;
using System.Diagnostics;

namespace Holdfast.Cli.Tests;

/// <summary>A holdfast process under test, with what it says. Whatever happens, it is gone when the test
/// ends.</summary>
internal sealed class Running : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _said = new(0);
    private bool _isGone;

    private Running(Process process)
    {
        _process = process;
        process.OutputDataReceived += Take;
        process.ErrorDataReceived += Take;
    }

    public int Id => _process.Id;

    public string Said => string.Join('\n', _lines);

    public static Running Start(params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments.Prepend(Path.Combine(AppContext.BaseDirectory, "holdfast.dll")))
        {
            info.ArgumentList.Add(argument);
        }

        var running = new Running(new Process { StartInfo = info });
        running._process.Start();
        running._process.BeginOutputReadLine();
        running._process.BeginErrorReadLine();
        return running;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<Told> ToEndAsync(params string[] arguments)
    {
        await using var running = Start(arguments);
        var code = await running.EndedAsync();
        return new Told(code, running.Said, running.Said);
    }

    /// <summary>Waits until a line with these words is said.</summary>
    public async Task SaysAsync(string words)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!_lines.Any(line => line.Contains(words, StringComparison.Ordinal)))
        {
            try
            {
                await _said.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Expected '{words}', found:\n{Said}");
            }
        }
    }

    /// <summary>Asks it to end as an operator does, and gives its exit code.</summary>
    public Task<int> TerminateAsync()
    {
        Signal("TERM", Id);
        return EndedAsync();
    }

    public async Task<int> EndedAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public void Kill() => _process.Kill();

    public static void Signal(string name, int process)
    {
        using var kill = Process.Start("kill", ["-s", name, $"{process}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isGone)
        {
            return;
        }

        _isGone = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _said.Dispose();
    }

    private void Take(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text)
        {
            _lines.Enqueue(text);
            try
            {
                _said.Release();
            }
            catch (ObjectDisposedException)
            {
                // The test has ended.
            }
        }
    }
}
