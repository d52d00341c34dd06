using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Holdfast.Cli.Demo;
using Holdfast.Server.Transport;

namespace Holdfast.Cli.Bench;

/// <summary>
/// A wide area network for a program that knows nothing of one: a proxy at each place (HTTP's CONNECT), which holds back
/// what passes between its place and the named one, both ways; and where places have narrow roads, what leaves one waits
/// for its turn. Counts the bytes.
/// </summary>
/// <remarks>Neither end talks to the other, so a full road holds up its sender here as a full window does.</remarks>
internal sealed class FarRoads : IAsyncDisposable
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Of one direction; beyond that its sender waits.</summary>
    private const int ChunksUnderWayMax = 512;
    private const int RequestBytesMax = 4096;

    private readonly EmulatedDelay _line = new();
    private readonly DelayMatrix _delays;
    private readonly Func<int, IPEndPoint> _addressOf;
    private readonly Func<int, int, long> _departure;
    private readonly TcpListener[] _proxies;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _accepting;
    private long _bytes;

    /// <param name="addressOf">Where the one who is called at a place listens.</param>
    /// <param name="departure">When so many bytes have left a place; null for at once.</param>
    public FarRoads(DelayMatrix delays, Func<int, IPEndPoint> addressOf, Func<int, int, long>? departure = null)
    {
        (_delays, _addressOf) = (delays, addressOf);
        _departure = departure ?? (static (_, _) => Stopwatch.GetTimestamp());
        _proxies = [.. Enumerable.Range(0, delays.Sites).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(_proxies, proxy => proxy.Start());
        _accepting = [.. _proxies.Select(AcceptAsync)];
    }

    /// <summary>Between different places so far, both ways, with what TLS adds.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The proxy for whoever is at this place.</summary>
    public Uri ProxyOf(int place) => new($"http://{_proxies[place].LocalEndpoint}");

    /// <summary>The host by which the one at a place is called, from wherever. It is nobody's (RFC 5737): who calls it
    /// without the proxy reaches nothing, and no name has to be looked up.</summary>
    public static string NameOf(int place) => $"192.0.2.{place + 1}";

    /// <returns>The place in a request such as <c>CONNECT 192.0.2.1:2380 HTTP/1.1</c>; null for any other one.</returns>
    internal static int? PlaceIn(string request, int places)
    {
        var target = request.Split(' ') is ["CONNECT", var given, ..] ? given : string.Empty;
        var place = Enumerable.Range(0, places).Where(one => target.StartsWith($"{NameOf(one)}:", StringComparison.Ordinal))
            .Select(one => (int?)one);
        return place.FirstOrDefault();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        foreach (var proxy in _proxies)
        {
            proxy.Dispose();
        }

        _line.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener proxy, int place)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await proxy.AcceptSocketAsync(_stop.Token).ConfigureAwait(false), place));
                serving.RemoveAll(one => one.IsCompleted);
            }
        }
        catch (Exception failure) when (IsOfTheEnd(failure))
        {
            // Nobody is to call any more.
        }

        await Task.WhenAll(serving).ConfigureAwait(false);
    }

    private async Task ServeAsync(Socket near, int place)
    {
        using var caller = near;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        caller.NoDelay = true;
        try
        {
            if (PlaceIn(await RequestAsync(caller).ConfigureAwait(false), _proxies.Length) is not { } called)
            {
                return;
            }

            // As long as the greeting of TCP takes.
            var (there, back) = (_delays.From(place)[called], _delays.From(called)[place]);
            await Task.Delay(there + back, _stop.Token).ConfigureAwait(false);
            await far.ConnectAsync(_addressOf(called), _stop.Token).ConfigureAwait(false);
            await caller.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), _stop.Token).ConfigureAwait(false);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            await Task.WhenAll(CarryAsync(caller, far, place, called, end), CarryAsync(far, caller, called, place, end))
                .ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOfTheEnd(failure))
        {
            // Whoever called sees that it has ended.
        }
    }

    /// <summary>The head of the request; the caller says nothing more before it is answered.</summary>
    private async Task<string> RequestAsync(Socket caller)
    {
        var (head, buffer) = (new StringBuilder(), new byte[RequestBytesMax]);
        while (head.Length < RequestBytesMax && !head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await caller.ReceiveAsync(buffer, _stop.Token).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            head.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return head.ToString();
    }

    /// <summary>Carries all that one says to the other, until one of them ends: then both ways end.</summary>
    private async Task CarryAsync(Socket from, Socket to, int fromPlace, int toPlace, CancellationTokenSource end)
    {
        var oneWay = (long)(_delays.From(fromPlace)[toPlace].TotalSeconds * Stopwatch.Frequency);
        var arrived = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
        using var room = new SemaphoreSlim(ChunksUnderWayMax);
        var buffer = new byte[ChunkBytes];
        var giving = GiveAsync(arrived.Reader, to, room, end);
        try
        {
            while (await from.ReceiveAsync(buffer, end.Token).ConfigureAwait(false) is > 0 and var read)
            {
                await room.WaitAsync(end.Token).ConfigureAwait(false);
                var chunk = buffer[..read];
                Interlocked.Add(ref _bytes, read);
                _line.At(_departure(fromPlace, read) + oneWay, () => arrived.Writer.TryWrite(chunk));
            }
        }
        catch (Exception failure) when (IsOfTheEnd(failure))
        {
            // What is under way is lost with the connection.
        }

        await end.CancelAsync().ConfigureAwait(false);
        await giving.ConfigureAwait(false);
    }

    private static async Task GiveAsync(
        ChannelReader<byte[]> arrived, Socket to, SemaphoreSlim room, CancellationTokenSource end)
    {
        try
        {
            await foreach (var chunk in arrived.ReadAllAsync(end.Token).ConfigureAwait(false))
            {
                for (var sent = 0; sent < chunk.Length;)
                {
                    sent += await to.SendAsync(chunk.AsMemory(sent), end.Token).ConfigureAwait(false);
                }

                room.Release();
            }
        }
        catch (Exception failure) when (IsOfTheEnd(failure))
        {
            await end.CancelAsync().ConfigureAwait(false);
        }
    }

    private static bool IsOfTheEnd(Exception failure) =>
        failure is SocketException or ObjectDisposedException or OperationCanceledException;
}
