namespace Holdfast.Protocol;

/// <summary>The bounds of the key-value store. Part of what replicas agree on: they change with its version
/// only.</summary>
public static class KeyValueLimits
{
    public const int KeyBytes = 1024;

    /// <summary>An operation with its value fits into one body of a link's stream.</summary>
    public const int ValueBytes = 128 * 1024;
    public const int ComparesPerTransaction = 64;

    /// <summary>In each branch of a transaction.</summary>
    public const int OperationsPerTransaction = 64;

    /// <summary>Keys that one operation, a whole transaction included, may delete, or look at as they were.</summary>
    public const int KeysPerDelete = 4096;

    /// <summary>Keys that the ranges of one operation may look at as they are.</summary>
    public const int KeysPerOperation = 16 * 1024;

    /// <summary>Keys, living at that revision or not, that one query of a past revision looks at: then its reply says that there
    /// is more. Where none of them lived then, it is refused: a narrower range goes on.</summary>
    public const int PastKeysPerQuery = 4 * 1024;

    /// <summary>Items of one range come until they have this many bytes; then the reply says that there is more. One
    /// item of the greatest length has room.</summary>
    public const int RangeBytes = 192 * 1024;
    public const int ItemsPerReply = 16 * 1024;

    /// <summary>What one operation deletes and gives back.</summary>
    public const int PreviousBytes = Limits.ResultBytes / 2;

    /// <summary>Events looked at by one question for changes, those outside the asked range included.</summary>
    public const int EventsPerQuery = 1024;

    /// <summary>What a compaction made superfluous is cleared away with later operations, so much with each: none takes
    /// long, however much history is dropped.</summary>
    public const int EventsSweptPerOperation = 32;
}
