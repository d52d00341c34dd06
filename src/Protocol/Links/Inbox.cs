using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The receiving side of a link: what this site has taken of the other's stream and register. A higher life is
/// taken at once, a lower one refused; lives compare as (site life, link life).</summary>
public sealed class Inbox(SiteId self)
{
    private static readonly Bytes PartsKey = Bytes.FromText("i");

    private Bytes _parts;
    private bool _partsChanged;

    /// <summary>Of the other site, as its words tell; 0 before the first.</summary>
    public uint SiteLife { get; private set; }

    /// <summary>Of the other site's link to us; 0 before the first.</summary>
    public uint LinkLife { get; private set; }

    /// <summary>Stream sequences of that life taken without a gap.</summary>
    public ulong ReceivedUpTo { get; private set; }

    /// <summary>The version of the newest register taken; 0 before the first.</summary>
    public ulong VersionSeen { get; private set; }

    /// <summary>What stood before the bar in it.</summary>
    public StatusFront? Front { get; private set; }

    /// <summary>What is new in a message's stream and, before the bar, in its register.</summary>
    public InputStanding Judge(SiteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Statement.SiteLife < SiteLife)
        {
            return InputStanding.Obsolete;
        }

        var standing = InputStanding.Obsolete;
        foreach (var output in message.Outputs)
        {
            if (IsNews(message.Statement.SiteLife, output, out var isEarly))
            {
                return InputStanding.Consumable;
            }

            standing = isEarly ? InputStanding.Early : standing;
        }

        return standing;
    }

    /// <summary>True if the other site begins a new life: what it knew of us is gone.</summary>
    public bool BecomesSiteLife(uint siteLife)
    {
        if (siteLife <= SiteLife)
        {
            return false;
        }

        var isAnother = siteLife > Math.Max(SiteLife, Speaker.FirstLife);
        (SiteLife, VersionSeen, Front) = (siteLife, 0, null);
        TakeLife(0);
        return isAnother;
    }

    /// <summary>True if the register is newer than what was known.</summary>
    public bool TryTake(SiteStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        if (status.Version <= VersionSeen)
        {
            return false;
        }

        (VersionSeen, Front) = (status.Version, status.Front);
        return true;
    }

    /// <summary>Takes the place of the stream if it is the next one, and adds the body that it completes, if
    /// any.</summary>
    public void Take(StreamLeaf leaf, Bytes framedBody, List<Bytes> bodies)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        ArgumentNullException.ThrowIfNull(bodies);
        if (leaf.LinkLife > LinkLife)
        {
            TakeLife(leaf.LinkLife);
        }

        if (leaf.LinkLife != LinkLife || leaf.Sequence != ReceivedUpTo + 1)
        {
            return;
        }

        ReceivedUpTo++;
        if (!StreamFrame.TryRead(framedBody, out var moreFollows, out var part))
        {
            SetParts(default);
            return;
        }

        if (moreFollows)
        {
            // Only a compromised site says so much in one body: what it began is dropped.
            var isTooLong = _parts.Length + part.Length > Limits.JoinedBodyBytes;
            SetParts(isTooLong ? default : _parts.Concat(part));
            return;
        }

        bodies.Add(_parts.IsEmpty ? Bytes.Copy(part) : _parts.Concat(part));
        SetParts(default);
    }

    public void WriteScalars(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.UInt32(SiteLife);
        writer.UInt32(LinkLife);
        writer.UInt64(ReceivedUpTo);
        writer.UInt64(VersionSeen);
        Register.WriteFront(writer, Front);
    }

    public void SaveParts(IState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (_partsChanged && _parts.IsEmpty)
        {
            state.Remove(PartsKey);
        }
        else if (_partsChanged)
        {
            state.Set(PartsKey, _parts);
        }

        _partsChanged = false;
    }

    public void Load(ref WireReader scalars, IReadOnlyState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        (SiteLife, LinkLife, ReceivedUpTo, VersionSeen) =
            (scalars.UInt32(), scalars.UInt32(), scalars.UInt64(), scalars.UInt64());
        Front = Register.ReadFront(ref scalars);
        _parts = state.TryGet(PartsKey, out var parts) ? parts : default;
        _partsChanged = false;
    }

    private bool IsNews(uint siteLife, AttestedOutput output, out bool isEarly)
    {
        isEarly = false;
        if (SiteStatus.FromLeaf(output.Leaf) is { } status)
        {
            return status.To == self && (siteLife > SiteLife || status.Version > VersionSeen);
        }

        if (StreamLeaf.FromLeaf(output.Leaf) is not { } leaf || leaf.To != self)
        {
            return false;
        }

        if (siteLife > SiteLife || leaf.LinkLife > LinkLife)
        {
            return true;
        }

        isEarly = leaf.LinkLife == LinkLife && leaf.Sequence > ReceivedUpTo + 1;
        return leaf.LinkLife == LinkLife && leaf.Sequence == ReceivedUpTo + 1;
    }

    private void TakeLife(uint linkLife)
    {
        (LinkLife, ReceivedUpTo) = (linkLife, 0);
        SetParts(default);
    }

    private void SetParts(Bytes parts)
    {
        _partsChanged |= !_parts.IsEmpty || !parts.IsEmpty;
        _parts = parts;
    }
}
