namespace Holdfast.Protocol;

/// <summary>When a replica adds up the shares of a batch's signature, and whom it tells.</summary>
public enum CombinerDuty : byte
{
    /// <summary>It sends nothing of the batch: it waits for the signature, and combines for all once that is
    /// late.</summary>
    Standby = 0,

    /// <summary>It sends something of the batch: at once, and for itself, for another tells all.</summary>
    ForItself = 1,

    /// <summary>It is the first of those who send: at once, and it tells all.</summary>
    ForAll = 2,
}
