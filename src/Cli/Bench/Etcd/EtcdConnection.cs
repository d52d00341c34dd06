using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Cli.Bench.Etcd;

/// <summary>A connection to one etcd server: gRPC over HTTP/2 and TLS. Source of methods and fields: etcd's
/// <c>rpc.proto</c>, version 3.4.</summary>
internal sealed class EtcdConnection : IBenchClient
{
    private const string Status = "grpc-status";

    private readonly Uri _server;
    private readonly HttpClient _http;

    /// <param name="certificate">Of the server, which made it for itself: no other one will do.</param>
    public EtcdConnection(Uri server, ReadOnlyMemory<byte> certificate)
    {
        _server = server;
        _http = new HttpClient(new SocketsHttpHandler
        {
            // A server lets 250 requests run on a connection at a time.
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, _, _) =>
                    shown is not null && certificate.Span.SequenceEqual(shown.GetRawCertData()),
            },
        });
    }

    public Task UpdateAsync(Bytes key, Bytes value, CancellationToken cancel) => AskAsync(
        "etcdserverpb.KV/Put", new ProtoMessage().With(1, key.Span).With(2, value.Span), cancel);

    /// <summary>A local query is etcd's "serializable" one, which its server answers alone; the others are
    /// linearizable.</summary>
    public Task QueryAsync(Bytes key, QueryLevel level, CancellationToken cancel) => AskAsync(
        "etcdserverpb.KV/Range",
        new ProtoMessage().With(1, key.Span).With(7, level == QueryLevel.Local ? 1ul : 0),
        cancel);

    /// <summary>Who this server is, and who leads: 0 if it knows nobody.</summary>
    public async Task<(ulong Self, ulong Leader)> StatusAsync(CancellationToken cancel)
    {
        var answer = await AskAsync("etcdserverpb.Maintenance/Status", new ProtoMessage(), cancel).ConfigureAwait(false);
        return (ProtoMessage.NumberIn(answer, 1, 2), ProtoMessage.NumberIn(answer, 4));
    }

    /// <summary>To be said to the leader.</summary>
    public Task MoveLeaderAsync(ulong member, CancellationToken cancel) =>
        AskAsync("etcdserverpb.Maintenance/MoveLeader", new ProtoMessage().With(1, member), cancel);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <exception cref="OperationFailedException">There is no good answer.</exception>
    private async Task<byte[]> AskAsync(string method, ProtoMessage message, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(ProtoMessage.Framed(message.ToArray())),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        try
        {
            using var response = await _http.SendAsync(request, cancel).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
            return StatusOf(response) == 0
                ? ProtoMessage.Unframed(body).ToArray()
                : throw NotDone();
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw NotDone();
        }
    }

    private static OperationFailedException NotDone() =>
        new(ClientOutcome.Of(Outcome.Unknown, ClientReason.None, RefusedBecause.None));

    /// <summary>It comes after the answer, or instead of one; -1 if it does not.</summary>
    private static int StatusOf(HttpResponseMessage response) =>
        (response.TrailingHeaders.TryGetValues(Status, out var told) || response.Headers.TryGetValues(Status, out told))
        && int.TryParse(told.First(), CultureInfo.InvariantCulture, out var status)
            ? status
            : -1;
}
