using System.Diagnostics.Metrics;
using System.Net;
using Holdfast.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Metrics;

/// <summary>Shows the numbers of all replicas of this process to whoever asks at <c>/metrics</c>, on loopback only:
/// they are for the operator's collector on the same machine and need no key.</summary>
public sealed class MetricsEndpoint : IAsyncDisposable
{
    public const int ConnectionsMax = 16;

    private readonly WebApplication _application;

    private MetricsEndpoint(WebApplication application, Uri address)
    {
        _application = application;
        Address = address;
    }

    public Uri Address { get; }

    /// <param name="port">0 for a free one.</param>
    /// <exception cref="ConfigurationException">The port is taken.</exception>
    public static async Task<MetricsEndpoint> StartAsync(int port, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port);
            options.AddServerHeader = false;
            // Anyone on this machine may call, and each call holds a descriptor that the journal may need.
            options.Limits.MaxConcurrentConnections = ConnectionsMax;
        });
        var application = builder.Build();
        application.Run(AnswerAsync);
        try
        {
            await application.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new ConfigurationException(
                $"Expected port {port} on loopback to be free for metrics, found it in use; choose another with "
                + "--metrics-port.",
                failure);
        }

        return new MetricsEndpoint(application, new Uri(new Uri(application.Urls.First()), "/metrics"));
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path != "/metrics" || !HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = PrometheusText.ContentType;
        await context.Response.WriteAsync(PrometheusText.Write(Collect()), context.RequestAborted)
            .ConfigureAwait(false);
    }

    private static List<Sample> Collect()
    {
        var samples = new List<Sample>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == HostMeter.Name)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) => Add(samples, instrument, value, tags));
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) => Add(samples, instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return samples;
    }

    private static void Add(
        List<Sample> samples, Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        samples.Add(new(
            instrument.Name.Replace('.', '_'),
            instrument.GetType().Name.StartsWith("ObservableCounter", StringComparison.Ordinal),
            instrument.Description ?? string.Empty,
            PrometheusText.Labels(tags),
            value));
}
