namespace Holdfast.Protocol;

/// <summary>What a machine would do with an input if its turn came now. An input is judged anew after every batch: it
/// leaves a replica's pool when it is obsolete, not when it was ordered.</summary>
public enum InputStanding : byte
{
    /// <summary>Something in it would be taken now: watched.</summary>
    Consumable = 1,

    /// <summary>Nothing in it can be taken yet: kept, bounded, but not watched.</summary>
    Early = 2,

    /// <summary>All of it is taken or made void: it leaves.</summary>
    Obsolete = 3,
}
