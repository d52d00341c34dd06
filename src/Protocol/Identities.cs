namespace Holdfast.Protocol;

/// <summary>A site: its place in the genesis' list of sites, from 0. Sites compare by that place.</summary>
public readonly record struct SiteId(int Index) : IComparable<SiteId>
{
    public int CompareTo(SiteId other) => Index.CompareTo(other.Index);

    public override string ToString() => $"site {Index}";
}

/// <summary>One replica of one site: the site and the replica's place in it, from 0.</summary>
public readonly record struct ReplicaId(SiteId Site, int Index) : IComparable<ReplicaId>
{
    public int CompareTo(ReplicaId other) =>
        Site == other.Site ? Index.CompareTo(other.Index) : Site.CompareTo(other.Site);

    public override string ToString() => $"replica {Site.Index}.{Index}";
}

/// <summary>A period of a site in which one replica, its primary, proposes the order of inputs (PBFT's view).</summary>
public readonly record struct SiteView(ulong Number) : IComparable<SiteView>
{
    public SiteView Next => new(Number + 1);

    public int Primary(SiteSize size) => (int)(Number % (ulong)size.Replicas);

    public int CompareTo(SiteView other) => Number.CompareTo(other.Number);

    public static bool operator <(SiteView left, SiteView right) => left.Number < right.Number;

    public static bool operator >(SiteView left, SiteView right) => left.Number > right.Number;

    public static bool operator <=(SiteView left, SiteView right) => left.Number <= right.Number;

    public static bool operator >=(SiteView left, SiteView right) => left.Number >= right.Number;

    public override string ToString() => $"v{Number}";
}

/// <summary>A place in a site's order of batches. The first batch has 1; 0 is the state of the genesis.</summary>
public readonly record struct SiteSequence(ulong Number) : IComparable<SiteSequence>
{
    public SiteSequence Next => new(Number + 1);

    public int CompareTo(SiteSequence other) => Number.CompareTo(other.Number);

    public static bool operator <(SiteSequence left, SiteSequence right) => left.Number < right.Number;

    public static bool operator >(SiteSequence left, SiteSequence right) => left.Number > right.Number;

    public static bool operator <=(SiteSequence left, SiteSequence right) => left.Number <= right.Number;

    public static bool operator >=(SiteSequence left, SiteSequence right) => left.Number >= right.Number;

    public override string ToString() => $"n{Number}";
}

/// <summary>A period in which one site, the leading site, proposes the global order (Paxos' ballot).</summary>
public readonly record struct GlobalView(ulong Number) : IComparable<GlobalView>
{
    public int CompareTo(GlobalView other) => Number.CompareTo(other.Number);

    public static bool operator <(GlobalView left, GlobalView right) => left.Number < right.Number;

    public static bool operator >(GlobalView left, GlobalView right) => left.Number > right.Number;

    public static bool operator <=(GlobalView left, GlobalView right) => left.Number <= right.Number;

    public static bool operator >=(GlobalView left, GlobalView right) => left.Number >= right.Number;

    public override string ToString() => $"V{Number}";
}

/// <summary>A place in the global order of entries. The first entry has 1; 0 is the state of the genesis.</summary>
public readonly record struct GlobalSequence(ulong Number) : IComparable<GlobalSequence>
{
    public GlobalSequence Next => new(Number + 1);

    public int CompareTo(GlobalSequence other) => Number.CompareTo(other.Number);

    public static bool operator <(GlobalSequence left, GlobalSequence right) => left.Number < right.Number;

    public static bool operator >(GlobalSequence left, GlobalSequence right) => left.Number > right.Number;

    public static bool operator <=(GlobalSequence left, GlobalSequence right) => left.Number <= right.Number;

    public static bool operator >=(GlobalSequence left, GlobalSequence right) => left.Number >= right.Number;

    public override string ToString() => $"g{Number}";
}

/// <summary>Where an operation was executed: the entry and, from 0, its place among the entry's operations.</summary>
public readonly record struct GlobalPosition(GlobalSequence Sequence, uint Place) : IComparable<GlobalPosition>
{
    public int CompareTo(GlobalPosition other) =>
        Sequence == other.Sequence ? Place.CompareTo(other.Place) : Sequence.CompareTo(other.Sequence);

    public override string ToString() => $"{Sequence}.{Place}";
}
