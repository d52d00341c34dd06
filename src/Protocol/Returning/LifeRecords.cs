using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Which disk this is, as its own journal knows it.</summary>
/// <param name="Start">Counts the processes that had this disk.</param>
/// <param name="Cleared">The last start that 2f peers have answered without showing that the disk was lost: of processes
/// that started before it nothing can come to light any more.</param>
/// <param name="Runs">The last processes that had this disk, the present one last.</param>
/// <param name="IsLost">The replica has promised more than this disk knows: it does not vote before its return is
/// ordered.</param>
internal sealed record OwnDisk(
    uint Life, Digest Disk, ulong Start, ulong Cleared, ValueList<Digest> Runs, bool IsLost);

/// <summary>The journal records of lives. They must outlive the stored state: they are written again whenever one is
/// stored.</summary>
internal static class LifeRecords
{
    public static JournalRecord Own(SiteSequence place, OwnDisk own)
    {
        var writer = new WireWriter();
        writer.UInt32(own.Life);
        writer.Digest(own.Disk);
        writer.UInt64(own.Start);
        writer.UInt64(own.Cleared);
        writer.Count(own.Runs.Count);
        foreach (var run in own.Runs)
        {
            writer.Digest(run);
        }

        writer.Boolean(own.IsLost);
        return new(JournalRecordKind.Life, place, writer.ToBytes());
    }

    public static OwnDisk ReadOwn(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var (life, disk) = (reader.UInt32(), reader.Digest());
        var (start, cleared) = (reader.UInt64(), reader.UInt64());
        var runs = new Digest[reader.Count(Limits.OwnRunsKept)];
        for (var index = 0; index < runs.Length; index++)
        {
            runs[index] = reader.Digest();
        }

        var own = new OwnDisk(life, disk, start, cleared, new(runs), reader.Boolean());
        Invariant.Holds(reader.Finished, "S5");
        return own;
    }

    public static JournalRecord Peer(SiteSequence place, Said inquiry)
    {
        var writer = new WireWriter();
        writer.Byte((byte)inquiry.Replica);
        writer.Fixed(inquiry.Signature.Span);
        inquiry.Word.Write(writer);
        return new(JournalRecordKind.PeerLife, place, writer.ToBytes());
    }

    public static Said ReadPeer(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var (replica, signature) = (reader.Byte(), reader.Fixed(Limits.SignatureBytes));
        var word = Inquiry.Read(ref reader);
        Invariant.Holds(word is not null, "S5");
        return new(replica, word, signature);
    }
}
