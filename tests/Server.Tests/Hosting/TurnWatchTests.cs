using Holdfast.Server.Hosting;
using Holdfast.Server.Storage;
using Holdfast.Server.Tests.Storage;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>What the log says of turns that take long, by a clock that the test moves.</summary>
public sealed class TurnWatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _told = new();
    private readonly FileDisk _disk;
    private readonly HandMovedTime _time = new();
    private readonly LineLoggerProvider _loggers;
    private readonly TurnWatch _watch;

    public TurnWatchTests()
    {
        _disk = new FileDisk(_folder["journal"]);
        _loggers = new LineLoggerProvider(_told, LogLevel.Warning, TimeProvider.System);
        _watch = new TurnWatch(_disk, _time, _loggers.CreateLogger("replica 0.0"));
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _disk.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_long_turn_is_told_with_what_it_waited_for()
    {
        _watch.Begin();
        _time.Pass(TurnWatch.ToldFrom);
        _watch.End(inputs: 17);

        Assert.Contains("a turn took 500 ms: 17 inputs, 0 ms in flushes of the journal", _told.ToString());
    }

    [Fact]
    public void A_short_one_is_not()
    {
        _watch.Begin();
        _time.Pass(TurnWatch.ToldFrom - TimeSpan.FromMilliseconds(1));
        _watch.End(inputs: 17);

        Assert.Empty(_told.ToString());
    }

    [Fact]
    public void The_disk_knows_how_long_it_has_flushed()
    {
        using var file = _disk.Create("a", 1000);
        file.WriteAt(0, new byte[1000]);

        file.Flush();

        Assert.True(_disk.TimeFlushing > TimeSpan.Zero);
    }

    private sealed class HandMovedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
