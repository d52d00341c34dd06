using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Holdfast.Cli.Bench.Etcd;

/// <summary>One etcd server as a process, which ends with this object.</summary>
internal sealed class EtcdServer : IDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly string _folder;
    private readonly Process _process;
    private string? _lastError;

    /// <param name="cluster">All of them, as <c>--initial-cluster</c> has it.</param>
    /// <param name="self">This one's address for the others.</param>
    /// <param name="proxy">Over which this one reaches the others.</param>
    public EtcdServer(string program, string folder, string name, EtcdPorts ports, string cluster, Uri self, Uri proxy)
    {
        (_folder, Name, Ports) = (folder, name, ports);
        var info = new ProcessStartInfo(program)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])
            [
                "--name", name,
                "--data-dir", folder,
                "--listen-client-urls", Client.OriginalString,
                "--advertise-client-urls", Client.OriginalString,
                "--listen-peer-urls", $"https://{new IPEndPoint(IPAddress.Loopback, ports.Peer)}",
                "--initial-advertise-peer-urls", self.OriginalString,
                "--initial-cluster", cluster,
                "--auto-tls",
                "--peer-auto-tls",
                "--listen-metrics-urls", Metrics.OriginalString,
                "--logger", "zap",
                "--log-level", "error",
            ])
        {
            info.ArgumentList.Add(argument);
        }

        foreach (var foreign in info.Environment.Keys.Where(
            key => key.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)
                || key.StartsWith("ETCD_", StringComparison.Ordinal)).ToList())
        {
            info.Environment.Remove(foreign);
        }

        info.Environment["HTTPS_PROXY"] = proxy.OriginalString;
        _process = new Process { StartInfo = info };
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => _lastError = string.IsNullOrWhiteSpace(line.Data) ? _lastError : line.Data;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public EtcdPorts Ports { get; }

    public Uri Client => new($"https://{new IPEndPoint(IPAddress.Loopback, Ports.Client)}");

    private Uri Metrics => new($"http://{new IPEndPoint(IPAddress.Loopback, Ports.Metrics)}");

    public ProcessUse Use => ProcessUse.Of(Name, _process.Id);

    /// <summary>Why it does not run; null while it does.</summary>
    public string? Trouble => _process.HasExited ? _lastError ?? $"exit code {_process.ExitCode}" : null;

    /// <summary>The certificate that it made for itself; null as long as there is none.</summary>
    public ReadOnlyMemory<byte>? Certificate()
    {
        var file = Path.Combine(_folder, "fixtures", "client", "cert.pem");
        if (!File.Exists(file))
        {
            return null;
        }

        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        return certificate.RawData;
    }

    /// <summary>Flushes of its log and of its store so far.</summary>
    public async Task<double> FlushesAsync(HttpClient http, CancellationToken cancel)
    {
        var text = await http.GetStringAsync(new Uri(Metrics, "metrics"), cancel).ConfigureAwait(false);
        return MetricIn(text, "etcd_disk_wal_fsync_duration_seconds_count")
            + MetricIn(text, "etcd_disk_backend_commit_duration_seconds_count");
    }

    /// <summary>A number without labels in Prometheus' text.</summary>
    /// <exception cref="FormatException">It is not there.</exception>
    internal static double MetricIn(string text, string name) =>
        text.Split('\n').Select(line => line.Split(' ')).FirstOrDefault(words => words[0] == name) is [_, var value, ..]
            ? double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture)
            : throw new FormatException($"Expected the number {name}, found none.");

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit(StopPatience);
        }

        _process.Dispose();
    }
}

/// <summary>Where one server listens on this machine.</summary>
internal sealed record EtcdPorts(int Client, int Peer, int Metrics);
