namespace Holdfast.Node.Storage;

/// <summary>Storage that cannot be used as it is. The message is a sentence for the operator.</summary>
public abstract class StorageException : Exception
{
    private protected StorageException(string message, Exception? cause)
        : base(message, cause)
    {
    }
}

/// <summary>Bytes that were once durable are not what they were: nothing may be built on what is left.</summary>
public sealed class JournalDamagedException : StorageException
{
    public JournalDamagedException(string file, long offset, string found)
        : base(
            $"The journal is damaged: {file}, offset {offset}: {found}. Nothing was changed. Remove the whole state "
            + "folder and start again: the replica comes back by itself, and counts as one of the f that may be faulty "
            + "until it votes. At a site of one replica nobody can help it: restore a copy that is not older than this "
            + "one.",
            cause: null)
    {
        File = file;
        Offset = offset;
    }

    public string File { get; }

    /// <summary>Offset in the file, in bytes.</summary>
    public long Offset { get; }
}

/// <summary>
/// A write or flush failed, now or earlier in this process. What is on the disk is not known any more: a second flush
/// that succeeds would prove nothing, since the system may have dropped the pages that the first one could not write.
/// </summary>
public sealed class JournalFailedException : StorageException
{
    public JournalFailedException(Exception cause)
        : base(
            $"The journal's disk failed ({cause.Message}). The journal takes nothing more in this process: see to the "
            + "disk, then start the replica again.",
            cause)
    {
    }
}

/// <summary>The state store cannot be read as a whole, or holds what no quorum vouches for.</summary>
public sealed class StateStoreDamagedException : StorageException
{
    public StateStoreDamagedException(string file, string found, Exception? cause)
        : base(
            $"The state store {file} cannot be used: {found}. Move the file away and start again: the replica makes "
            + "the state anew from its journal and its peers, as far back as their journals reach.",
            cause)
    {
    }
}

/// <summary>The state store could not be read or written: a full or failed disk.</summary>
public sealed class StateStoreFailedException : StorageException
{
    public StateStoreFailedException(string file, Exception cause)
        : base(
            $"The state store {file} failed ({cause.Message.TrimEnd('.')}). Nothing that was promised is lost: see to "
            + "the disk, then start the replica again.",
            cause)
    {
    }
}

/// <summary>The bytes were written by a version of Holdfast that this one does not know.</summary>
public sealed class UnknownFormatException : StorageException
{
    public UnknownFormatException(string file, ulong expected, ulong found)
        : base(
            $"{file} has format {found}, but this version reads and writes format {expected}. Start the version that "
            + "wrote it.",
            cause: null)
    {
        Expected = expected;
        Found = found;
    }

    public ulong Expected { get; }

    public ulong Found { get; }
}
