using System.Buffers.Binary;

namespace Holdfast.Protocol;

/// <summary>Where the store keeps what, in the state that it is given. Every kind of entry has a first byte of its own.
/// <list type="table">
/// <item><term>m</term><description>the store's <see cref="KeyspaceMark"/></description></item>
/// <item><term>k key</term><description>a living key: its last revision, and the global sequence of
/// that</description></item>
/// <item><term>t key</term><description>a deleted key, the same, until a compaction forgets it</description></item>
/// <item><term>h key revision</term><description>a key as it was from a revision on, the newest
/// first</description></item>
/// <item><term>e revision order</term><description>the key that changed there</description></item>
/// </list></summary>
internal static class KeyspaceLayout
{
    public static readonly Bytes Mark = new("m"u8.ToArray());

    private const byte LivingPrefix = (byte)'k';
    private const byte TombstonePrefix = (byte)'t';
    private const byte HistoryPrefix = (byte)'h';
    private const byte EventPrefix = (byte)'e';

    public static Bytes Living(Bytes key) => Prefixed(LivingPrefix, key);

    /// <summary>The end of a range of living keys.</summary>
    public static Bytes LivingEnd(Bytes? to) => to is { } end ? Living(end) : new([LivingPrefix + 1]);

    public static Bytes KeyOfLiving(Bytes entry) => Bytes.Copy(entry.Span[1..]);

    public static Bytes Tombstone(Bytes key) => Prefixed(TombstonePrefix, key);

    /// <summary>The end of a range of deleted keys.</summary>
    public static Bytes TombstoneEnd(Bytes? to) => to is { } end ? Tombstone(end) : new([TombstonePrefix + 1]);

    /// <summary>A key's version of a revision. Revisions count down, so that the first entry at or after this one is
    /// the newest version at or before the revision.</summary>
    public static Bytes History(Bytes key, ulong revision)
    {
        Span<byte> inverted = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(inverted, ~revision);
        return HistoryOf(key).Concat(inverted);
    }

    /// <summary>What all versions of a key begin with. Zero bytes are escaped and the end is marked, so that the order
    /// of keys is kept and no key's versions lie among another's.</summary>
    public static Bytes HistoryOf(Bytes key)
    {
        var writer = new WireWriter(key.Length + 16);
        writer.Byte(HistoryPrefix);
        foreach (var one in key.Span)
        {
            writer.Byte(one);
            if (one == 0)
            {
                writer.Byte(byte.MaxValue);
            }
        }

        writer.UInt16(0);
        return writer.ToBytes();
    }

    public static Bytes HistoryEnd(Bytes? to) => to is { } end ? HistoryOf(end) : new([HistoryPrefix + 1]);

    public static (Bytes Key, ulong Revision) KeyOfHistory(Bytes entry)
    {
        var escaped = entry.Span[1..^(sizeof(ushort) + sizeof(ulong))];
        var key = new byte[escaped.Length];
        var length = 0;
        for (var index = 0; index < escaped.Length; index++)
        {
            key[length++] = escaped[index];
            index += escaped[index] == 0 ? 1 : 0;
        }

        return (Bytes.Copy(key.AsSpan(0, length)), ~BinaryPrimitives.ReadUInt64BigEndian(entry.Span[^sizeof(ulong)..]));
    }

    public static Bytes Event(EventPlace place)
    {
        var writer = new WireWriter(16);
        writer.Byte(EventPrefix);
        place.Write(writer);
        return writer.ToBytes();
    }

    public static EventPlace PlaceOfEvent(Bytes entry)
    {
        var reader = new WireReader(entry.Span[1..]);
        return EventPlace.Read(ref reader);
    }

    private static Bytes Prefixed(byte prefix, Bytes key)
    {
        var bytes = new byte[1 + key.Length];
        bytes[0] = prefix;
        key.Span.CopyTo(bytes.AsSpan(1));
        return new Bytes(bytes);
    }
}
