using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Holdfast.Cli.Bench.Etcd;

/// <summary>One etcd server as a process, which ends with this object.</summary>
internal sealed class EtcdServer : IDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly string _folder;
    private readonly EtcdPlace _place;
    private readonly Process _process;
    private string? _lastError;

    /// <param name="place">Where it runs.</param>
    /// <param name="cluster">All of them, as <c>--initial-cluster</c> has it.</param>
    public EtcdServer(string program, string folder, string name, EtcdPlace place, string cluster)
    {
        (_folder, Name, _place) = (folder, name, place);
        var info = new ProcessStartInfo(place.NetworkNamespace is null ? program : "ip")
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])
            [
                // It becomes what it starts, so the process is the one that was started.
                .. place.NetworkNamespace is { } space ? (string[])["netns", "exec", space, program] : [],
                "--name", name,
                "--data-dir", folder,
                "--listen-client-urls", Client.OriginalString,
                "--advertise-client-urls", Client.OriginalString,
                "--listen-peer-urls", $"https://{place.Host}:{place.Ports.Peer}",
                "--initial-advertise-peer-urls", place.CalledByPeers.OriginalString,
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

        if (place.Proxy is { } proxy)
        {
            info.Environment["HTTPS_PROXY"] = proxy.OriginalString;
        }

        _process = new Process { StartInfo = info };
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => _lastError = string.IsNullOrWhiteSpace(line.Data) ? _lastError : line.Data;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public Uri Client => new($"https://{_place.Host}:{_place.Ports.Client}");

    private Uri Metrics => new($"http://{_place.Host}:{_place.Ports.Metrics}");

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

/// <summary>Where one server listens at its host.</summary>
internal sealed record EtcdPorts(int Client, int Peer, int Metrics);

/// <summary>Where one server runs, and how it and the others reach each other.</summary>
/// <param name="Host">Its address, for clients at its place.</param>
/// <param name="Proxy">Over which this one reaches the others; null for none.</param>
/// <param name="NetworkNamespace">In which it runs; null for the one of this process.</param>
internal sealed record EtcdPlace(
    string Host, EtcdPorts Ports, Uri CalledByPeers, Uri? Proxy = null, string? NetworkNamespace = null);
