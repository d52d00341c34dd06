namespace Holdfast.Protocol;

/// <summary>How much evidence is kept: one piece for each place, and so much against one replica that nobody who lies
/// without end fills a disk, or keeps another's lies from being written down.</summary>
public sealed class EvidenceBook
{
    private readonly SortedSet<(ReplicaId Accused, EvidenceKind Kind, ulong Period, ulong Number)> _known = [];
    private readonly SortedDictionary<ReplicaId, long> _bytes = [];

    public int CountOf(ReplicaId accused, EvidenceKind kind) =>
        _known.Count(known => known.Accused == accused && known.Kind == kind);

    /// <summary>False if it is known, or there is enough of the kind.</summary>
    public bool Wants(ReplicaId accused, Evidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return !_known.Contains(KeyOf(accused, evidence))
            && CountOf(accused, evidence.Kind) < Limits.EvidenceOfOneKind;
    }

    /// <summary>False if it is not wanted, or there is no room for so many bytes.</summary>
    public bool TryAdd(EvidenceFile file, int length)
    {
        ArgumentNullException.ThrowIfNull(file);
        var bytes = _bytes.GetValueOrDefault(file.Accused) + length;
        if (!Wants(file.Accused, file.Evidence)
            || length > Limits.EvidenceBytes
            || bytes > Limits.EvidenceBytesOfOneReplica)
        {
            return false;
        }

        _known.Add(KeyOf(file.Accused, file.Evidence));
        _bytes[file.Accused] = bytes;
        return true;
    }

    private static (ReplicaId, EvidenceKind, ulong, ulong) KeyOf(ReplicaId accused, Evidence evidence) =>
        (accused, evidence.Kind, evidence.Place.Period, evidence.Place.Number);
}
