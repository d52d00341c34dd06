using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;
using Holdfast.Server.Hosting;
using Holdfast.Server.Tests.Storage;
using Holdfast.Server.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>A system of one replica on loopback, with a client's end to it that can say anything.</summary>
internal sealed class HostStage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static int _nextPort = 31_000 + (Environment.ProcessId % 80 * 20);

    private readonly TemporaryFolder _folder = new();
    private readonly List<IAsyncDisposable> _ends = [];
    private readonly TlsIdentity _identity = TlsIdentity.Create("client");

    public HostStage()
    {
        System = _folder["system"];
        Topology = Initialization.Run(System, new SystemPlan { Faults = [0], FirstPort = FreePort() });
        Key = KeyFiles.ReadSigningKey(
            Path.Combine(HomeFiles.ClientHome(System, "first"), HomeFiles.ClientKey), KeyKind.Client);
    }

    public string System { get; }

    public Topology Topology { get; }

    public SigningKey Key { get; }

    public string Home => HomeFiles.ReplicaHome(System, new(new(0), 0));

    public async Task<ReplicaHost> StartAsync(long journalSegmentBytes = 16L << 20)
    {
        var host = await ReplicaHost.StartAsync(
            Home, new HostSettings { Loggers = NullLoggerFactory.Instance, JournalSegmentBytes = journalSegmentBytes });
        _ends.Add(host);
        return host;
    }

    /// <summary>Connects to the client port without saying who it is.</summary>
    public async Task<ClientEnd> ConnectAsync()
    {
        var end = new ClientEnd();
        var dialer = new FrameDialer(new()
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, Topology.Sites[0].Replicas[0].ClientPort),
            Identity = _identity,
            Expected = new PinHash(Topology.Sites[0].Replicas[0].TransportPin.Span),
            Hello = ReadOnlyMemory<byte>.Empty,
            Limits = FrameLimits.Client,
            Counters = new TransportCounters(),
            Callbacks = new()
            {
                OnConnected = end.OnConnected,
                OnFrame = (_, frame) => end.Frames.Writer.TryWrite(frame),
                OnDisconnected = (_, _) => end.Frames.Writer.TryComplete(),
            },
        });
        _ends.Insert(0, dialer);
        dialer.Start();
        await end.Connected.WaitAsync(Patience, TestContext.Current.CancellationToken);
        return end;
    }

    /// <summary>A hello of this key for the connection of this stage's transport key.</summary>
    public ClientHello Hello(SigningKey key)
    {
        var signed = ClientHello.SigningBytes(
            Topology.Genesis.Cluster,
            new(new(0), 0),
            new Digest(_identity.Pin.ToArray()),
            new Digest(Topology.Sites[0].Replicas[0].TransportPin.Span));
        return new ClientHello(Bytes.Copy(key.PublicKey.Span), new(key.Sign(signed.Span)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var end in _ends)
        {
            await end.DisposeAsync();
        }

        Key.Dispose();
        _identity.Dispose();
        _folder.Dispose();
    }

    private static int FreePort()
    {
        while (true)
        {
            var port = Interlocked.Add(ref _nextPort, 4);
            try
            {
                using var peers = new TcpListener(IPAddress.Loopback, port);
                using var clients = new TcpListener(IPAddress.Loopback, port + 1);
                peers.Start();
                clients.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }

    /// <summary>The client's end of one connection.</summary>
    internal sealed class ClientEnd
    {
        private readonly TaskCompletionSource<FrameConnection> _connection =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Channel<ReadOnlyMemory<byte>> Frames { get; } = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();

        public Task<FrameConnection> Connected => _connection.Task;

        public void OnConnected(FrameConnection connection) => _connection.TrySetResult(connection);

        public Task<ClientFrame?> AskAsync(ClientFrame frame) => AskAsync(frame.Encode().Memory);

        /// <summary>Sends a frame and takes the next one that comes.</summary>
        public async Task<ClientFrame?> AskAsync(ReadOnlyMemory<byte> frame)
        {
            (await Connected).Send(frame);
            return await HearAsync();
        }

        /// <summary>The next frame that comes.</summary>
        public async Task<ClientFrame?> HearAsync()
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(Patience);
            var answer = await Frames.Reader.ReadAsync(patience.Token);
            return ClientFrames.Decode(answer.Span);
        }
    }
}
