namespace Holdfast.Protocol.Messages;

/// <summary>Which share of which signature: batch, attempt, group, and the member who gives it.</summary>
public readonly record struct SharePlace(uint KeyEpoch, SiteSequence Sequence, uint Attempt, byte Group, byte Member);

/// <summary>One member's share of the site's signature over a batch's root. The outer signature, under the replica's
/// own key, is checked only when the share turns out bad: then it is evidence.</summary>
/// <param name="Response">The scalar z_i of RFC 9591, section 5.2.</param>
/// <param name="GroupCommitment">The point R as this member computed it; for the combiner alone.</param>
/// <param name="Assignment">Names what the share is for (<see cref="SigningGroup.Name"/>), so that it can be judged
/// without the site's state, and only for that.</param>
public sealed record ThresholdShare(SharePlace Place, Digest Response, Digest GroupCommitment, Digest Assignment)
    : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.ThresholdShare;

    public override string SignedAs => "holdfast threshold share 1";

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(Place.KeyEpoch);
        writer.Sequence(Place.Sequence);
        writer.UInt32(Place.Attempt);
        writer.Byte(Place.Group);
        writer.Byte(Place.Member);
        writer.Digest(Response);
        writer.Digest(GroupCommitment);
        writer.Digest(Assignment);
    }

    /// <summary>Reads the fields and leaves what follows to the caller.</summary>
    public static ThresholdShare ReadFields(ref WireReader reader) => new(
        new(reader.UInt32(), reader.SiteSequence(), reader.UInt32(), reader.Byte(), reader.Byte()),
        reader.Digest(),
        reader.Digest(),
        reader.Digest());

    public static ThresholdShare? Read(ref WireReader reader)
    {
        var share = ReadFields(ref reader);
        return reader.Finished ? share : null;
    }
}
