using Holdfast.Protocol;
using Holdfast.Server.Hosting;
using Holdfast.Server.Tests.Transport;
using Holdfast.Server.Transport;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>Whose connections stay when there are too many.</summary>
public sealed class ClientDirectoryTests : IAsyncDisposable
{
    private static readonly Bytes Ann = new(new byte[32]);
    private static readonly Bytes Bob = new([.. Enumerable.Repeat((byte)1, 32)]);

    private readonly Side _called = new("called");
    private readonly Side _caller = new("caller");
    private readonly FrameListener _listener;
    private readonly List<Stranger> _strangers = [];
    private readonly ClientDirectory _clients = new(connectionsMax: 3);

    public ClientDirectoryTests() =>
        _listener = _called.Listen(_ => FrameLimits.Client with { ConnectionsPerPinMax = 10 });

    public async ValueTask DisposeAsync()
    {
        foreach (var stranger in _strangers)
        {
            await stranger.DisposeAsync();
        }

        await _caller.DisposeAsync();
        await _called.DisposeAsync();
    }

    [Fact]
    public async Task Who_has_the_most_loses_the_oldest_to_who_has_fewer()
    {
        var first = await AddAsync(Ann);
        var second = await AddAsync(Ann);
        await AddAsync(Ann);

        var other = await AddAsync(Bob);

        Assert.Equal(ConnectionEnd.ClosedHere, first.End);
        Assert.Equal((null, null), (second.End, other.End));
    }

    /// <summary>Among equals nobody is put out: they would only come back and put out others.</summary>
    [Fact]
    public async Task Who_has_as_many_as_the_others_puts_nobody_out()
    {
        var connections = new[] { await AddAsync(Ann), await AddAsync(Ann), await AddAsync(Bob), await AddAsync(Bob) };

        Assert.All(connections, static connection => Assert.Null(connection.End));
    }

    private async Task<FrameConnection> AddAsync(Bytes client)
    {
        var stranger = await Stranger.ConnectAsync(_listener.EndPoint, _caller.Identity);
        _strangers.Add(stranger);
        await stranger.SayAsync(Hello.Write([]));
        var connection = await _called.Connected();
        _clients.Add(client, connection);
        return connection;
    }
}
