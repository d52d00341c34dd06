namespace Holdfast.Protocol;

/// <summary>Who spoils signatures, from the machine's own assignments alone. What it remembers only spares work: every
/// verdict is a pure function of group and share, and so the same on every machine and after every restart.</summary>
internal sealed class ShareVerdicts(GenesisSite site, Digest cluster, IShareVerifier verifier)
{
    private readonly SortedDictionary<Place, ushort> _spoilers = [];

    // By place and member, for places of groups without spoilers: there one response fits and no other does (it is the
    // discrete logarithm of a fixed point), so a second response needs no arithmetic.
    private readonly SortedDictionary<(Place Place, byte Member), Digest> _fitting = [];

    /// <summary>Members whose commitments are no points, as a mask: nobody can sign with them, and their own signature
    /// is under the row that they are from.</summary>
    public ushort SpoilersOf(SigningGroup group)
    {
        var place = PlaceOf(group);
        if (!_spoilers.TryGetValue(place, out var spoilers))
        {
            foreach (var member in group.Members)
            {
                var isSpoiler = site.Size.Faults > 0 && !verifier.ArePoints(member.Points);
                spoilers |= (ushort)(isSpoiler ? 1 << member.Replica : 0);
            }

            _spoilers.Add(place, spoilers);
        }

        return spoilers;
    }

    /// <summary>Whether this member's response does not fit. With one replica there is nobody to blame it.</summary>
    public bool IsBad(SigningGroup group, byte member, Digest response)
    {
        if (site.Size.Faults == 0)
        {
            return false;
        }

        var spoilers = SpoilersOf(group);
        if (spoilers != 0)
        {
            return (spoilers & (1 << member)) != 0;
        }

        var place = (PlaceOf(group), member);
        if (_fitting.TryGetValue(place, out var fitting))
        {
            return response != fitting;
        }

        var message = group.Statement.SigningBytes(cluster);
        if (verifier.IsBad(message, group.Members, member, response, site.PublicKey, site.PublicShares))
        {
            return true;
        }

        _fitting.Add(place, response);
        return false;
    }

    public void Retire(ulong below)
    {
        while (_spoilers.Count > 0 && _spoilers.First().Key is var oldest && oldest.Sequence < below)
        {
            _spoilers.Remove(oldest);
        }

        while (_fitting.Count > 0 && _fitting.First().Key is var oldest && oldest.Place.Sequence < below)
        {
            _fitting.Remove(oldest);
        }
    }

    private static Place PlaceOf(SigningGroup group) => new(group.Sequence.Number, group.Attempt, group.Group);

    private readonly record struct Place(ulong Sequence, uint Attempt, byte Group) : IComparable<Place>
    {
        public int CompareTo(Place other) =>
            (Sequence, Attempt, Group).CompareTo((other.Sequence, other.Attempt, other.Group));
    }
}
