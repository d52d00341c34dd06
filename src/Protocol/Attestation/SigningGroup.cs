using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>An assignment (q, attempt, group): who signs a batch's root together and which commitments each spends.
/// Written once, never edited (A2). Members ascend by replica.</summary>
public sealed record SigningGroup(SiteStatement Statement, uint Attempt, byte Group, ValueList<GroupMember> Members)
{
    public SiteSequence Sequence => Statement.Sequence;

    /// <summary>The digest under which its members sign their shares.</summary>
    public Digest Name
    {
        get
        {
            var writer = new WireWriter();
            writer.Text("holdfast assignment 1");
            Write(writer);
            return Digest.Of(writer);
        }
    }

    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Statement.Write(writer);
        WriteMembers(writer);
    }

    /// <summary>All but the statement, which all groups of a batch share.</summary>
    public void WriteMembers(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(Attempt);
        writer.Byte(Group);
        writer.Count(Members.Count);
        foreach (var member in Members)
        {
            writer.Byte((byte)member.Replica);
            writer.UInt32(member.Incarnation);
            writer.UInt32(member.Row);
            writer.UInt16((ushort)member.Index);
            writer.Digest(member.Points.Hiding);
            writer.Digest(member.Points.Binding);
        }
    }

    /// <summary>Reads the fields and leaves what follows to the caller.</summary>
    public static SigningGroup Read(ref WireReader reader)
    {
        var statement = SiteStatement.Read(ref reader);
        return ReadMembers(ref reader, statement);
    }

    public static SigningGroup ReadMembers(ref WireReader reader, SiteStatement statement)
    {
        var (attempt, group) = (reader.UInt32(), reader.Byte());
        var members = new GroupMember[reader.Count(Limits.ReplicasPerSite)];
        for (var index = 0; index < members.Length; index++)
        {
            var (replica, incarnation, row) = (reader.Byte(), reader.UInt32(), reader.UInt32());
            members[index] = new(replica, incarnation, row, reader.UInt16(), new(reader.Digest(), reader.Digest()));
        }

        return new(statement, attempt, group, new(members));
    }

    public SharePlace PlaceOf(int replica) =>
        new(Statement.KeyEpoch, Statement.Sequence, Attempt, Group, (byte)replica);

    /// <summary>False if the replica is not in this group.</summary>
    public bool TryFind(int replica, out GroupMember member)
    {
        foreach (var one in Members)
        {
            if (one.Replica == replica)
            {
                member = one;
                return true;
            }
        }

        member = default;
        return false;
    }
}
