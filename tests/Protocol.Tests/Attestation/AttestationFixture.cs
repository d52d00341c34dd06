using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Signatures and shares without any mathematics: right or wrong, and nothing else.</summary>
internal sealed class IdealSigning : IVerifier, IShareVerifier
{
    /// <summary>Shares that were judged: each costs a real verifier half a millisecond.</summary>
    public int Judged { get; private set; }

    public static Bytes Sign(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message)
    {
        var first = Digest.Of(new Bytes([1, .. publicKey, .. message]).Span).ToBytes();
        return first.Concat(Digest.Of(first.Span).ToBytes().Span);
    }

    public static Digest ResponseOf(Bytes message, ValueList<GroupMember> members, int replica)
    {
        var writer = new WireWriter();
        writer.Byte((byte)replica);
        writer.Bytes(message);
        foreach (var member in members)
        {
            writer.Byte((byte)member.Replica);
            writer.Digest(member.Points.Hiding);
        }

        return Digest.Of(writer);
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.SequenceEqual(Sign(publicKey, message).Span);

    public bool ArePoints(NoncePoints points) => points.Hiding != default;

    public bool IsBad(
        Bytes message,
        ValueList<GroupMember> members,
        int member,
        Digest response,
        Bytes groupKey,
        ValueList<Bytes> publicShares)
    {
        Judged++;
        return response != ResponseOf(message, members, member);
    }
}

/// <summary>Systems and inputs for the tests of attestation and links.</summary>
internal static class Sample
{
    public static readonly SiteId Home = new(0);

    public static Genesis Genesis(params int[] faultsBySite)
    {
        var sites = faultsBySite.Select((faults, site) =>
        {
            var size = new SiteSize(faults);
            var keys = Enumerable.Range(0, size.Replicas).Select(replica => Key(site, replica + 1)).ToArray();
            return new GenesisSite(size, Key(site, 0), new(keys), new(keys));
        });
        var preference = Enumerable.Range(0, faultsBySite.Length).Select(site => new SiteId(site));
        return new(Key(99, 99), ValueList.From(sites), ValueList.From(preference), [], "test", 1);
    }

    /// <summary>A row whose points are none, as <see cref="IdealSigning.ArePoints"/> sees it.</summary>
    public static NonceCommitments RowOfNoPoints(int replica, uint incarnation, uint row) =>
        Row(replica, incarnation, row) with { Points = NoPoints };

    public static ValueList<NoncePoints> NoPoints { get; } = new(new NoncePoints[Limits.CommitmentsPerRow]);

    public static SiteStatement Statement(ulong sequence, byte content = 0) =>
        new(Home, 1, SiteStatement.FirstKeyEpoch, new(sequence), 1, Digest.Of([content]));

    public static ValueList<NoncePoints> Points(int seed)
    {
        var dice = new Dice((ulong)seed);
        var points = new NoncePoints[Limits.CommitmentsPerRow];
        for (var index = 0; index < points.Length; index++)
        {
            points[index] = new(new(dice.Bytes(Digest.Size).Span), new(dice.Bytes(Digest.Size).Span));
        }

        return new(points);
    }

    public static NonceCommitments Row(int replica, uint incarnation, uint row, int seed = 0) => new(
        SiteStatement.FirstKeyEpoch, replica, incarnation, row,
        Points((replica * 1000) + ((int)incarnation * 100) + (int)row + (seed * 100_000)), new(new byte[64]));

    public static AttestationRetry Retry(int replica, ulong sequence, uint attempt, params byte[] silent) =>
        new(replica, new(sequence), attempt, new(silent), new(new byte[64]));

    public static Timestamp At(double seconds) => new(1_000_000_000_000 + (long)(seconds * 1_000_000));

    private static Bytes Key(int site, int place) => Digest.Of([(byte)site, (byte)place]).ToBytes();
}
