using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>One batch that has something to say: its statement, every group that was asked to sign it, and who said
/// that an attempt gave no signature.</summary>
public sealed class AttestedBatch
{
    private readonly List<SigningGroup> _groups = [];
    private readonly List<(uint Attempt, byte Replica, ushort Silent)> _retries = [];

    public AttestedBatch(SiteStatement statement) => Statement = statement;

    public SiteStatement Statement { get; }

    /// <summary>The newest attempt, from 0.</summary>
    public uint Attempt { get; private set; }

    /// <summary>The attempt has failed; the next one waits for commitments.</summary>
    public bool IsDue { get; set; }

    /// <summary>All groups of all attempts, oldest first.</summary>
    public IReadOnlyList<SigningGroup> Groups => _groups;

    public IEnumerable<SigningGroup> CurrentGroups => _groups.Where(group => group.Attempt == Attempt);

    public SigningGroup? Find(uint attempt, byte group) =>
        _groups.Find(one => one.Attempt == attempt && one.Group == group);

    /// <summary>Starts the next attempt (or, without groups so far, the first) with these groups.</summary>
    public void Add(IReadOnlyList<SigningGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        foreach (var group in groups)
        {
            Invariant.Holds(Find(group.Attempt, group.Group) is null, "A2");
            _groups.Add(group);
            Attempt = group.Attempt;
        }

        IsDue = false;
    }

    /// <summary>A retry counts once for each replica, for the newest attempt and the one before: who comes late still
    /// helps to name the silent.</summary>
    public bool WouldHear(AttestationRetry retry)
    {
        ArgumentNullException.ThrowIfNull(retry);
        return retry.Attempt <= Attempt
            && Attempt - retry.Attempt <= 1
            && !_retries.Exists(heard => heard.Attempt == retry.Attempt && heard.Replica == retry.Replica);
    }

    public void Hear(AttestationRetry retry)
    {
        ArgumentNullException.ThrowIfNull(retry);
        var members = MembersOf(retry.Attempt);
        var silent = retry.Silent.Span.ToArray().Aggregate(0, (mask, replica) => mask | Bit(replica));
        _retries.Add((retry.Attempt, (byte)retry.Replica, (ushort)(silent & members)));
    }

    public int RetriesOf(uint attempt) => _retries.Count(retry => retry.Attempt == attempt);

    /// <summary>How many replicas name this one silent in an attempt.</summary>
    public int NamedBy(uint attempt, int replica) =>
        _retries.Count(retry => retry.Attempt == attempt && (retry.Silent & Bit(replica)) != 0);

    public int MembersOf(uint attempt) => _groups
        .Where(group => group.Attempt == attempt)
        .SelectMany(group => group.Members)
        .Aggregate(0, (mask, member) => mask | Bit(member.Replica));

    public Bytes Encode()
    {
        var writer = new WireWriter();
        Statement.Write(writer);
        writer.UInt32(Attempt);
        writer.Boolean(IsDue);
        writer.Count(_groups.Count);
        foreach (var group in _groups)
        {
            group.WriteMembers(writer);
        }

        writer.Count(_retries.Count);
        foreach (var (attempt, replica, silent) in _retries)
        {
            writer.UInt32(attempt);
            writer.Byte(replica);
            writer.UInt16(silent);
        }

        return writer.ToBytes();
    }

    public static AttestedBatch Decode(Bytes bytes)
    {
        var reader = new WireReader(bytes.Span);
        var statement = SiteStatement.Read(ref reader);
        var batch = new AttestedBatch(statement) { Attempt = reader.UInt32(), IsDue = reader.Boolean() };
        var groups = reader.Count(Limits.GroupsPerAttempt * Limits.AttemptsPerBatch);
        for (var group = 0; group < groups; group++)
        {
            batch._groups.Add(SigningGroup.ReadMembers(ref reader, batch.Statement));
        }

        var retries = reader.Count(Limits.AttemptsPerBatch * Limits.ReplicasPerSite);
        for (var retry = 0; retry < retries; retry++)
        {
            batch._retries.Add((reader.UInt32(), reader.Byte(), reader.UInt16()));
        }

        Invariant.Holds(reader.Finished, "M1");
        return batch;
    }

    private static int Bit(int replica) => replica < Limits.ReplicasPerSite ? 1 << replica : 0;
}
