namespace Holdfast.Protocol.Tests;

/// <summary>Writers borrow their buffers: what one has given away may be another's by now.</summary>
public sealed class WireWriterTests
{
    [Fact]
    public void What_was_written_stays_as_it_is_when_others_write()
    {
        var first = Written(1);
        var second = Written(2);

        Assert.Equal(Enumerable.Repeat((byte)1, 5_000), first.ToArray());
        Assert.Equal(Enumerable.Repeat((byte)2, 5_000), second.ToArray());
    }

    [Fact]
    public void A_writer_that_has_ended_neither_writes_nor_shows_anything()
    {
        var told = new WireWriter();
        told.Byte(1);
        told.ToBytes();
        var digested = new WireWriter();
        digested.Byte(1);
        Digest.Of(digested);

        Assert.All([told, digested], writer =>
        {
            Assert.Throws<ObjectDisposedException>(() => writer.Byte(2));
            Assert.Throws<ObjectDisposedException>(() => writer.WrittenSpan.Length);
            Assert.Throws<ObjectDisposedException>(() => writer.ToBytes());
        });
    }

    private static Bytes Written(byte value)
    {
        var writer = new WireWriter();
        for (var index = 0; index < 5_000; index++)
        {
            writer.Byte(value);
        }

        return writer.ToBytes();
    }
}
