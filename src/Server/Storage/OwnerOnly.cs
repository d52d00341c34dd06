namespace Holdfast.Server.Storage;

#pragma warning disable CA1416 // Unix only: a replica runs on Linux, and modes are what keeps its files to itself.

/// <summary>Files (0600) and folders (0700) that nobody but their owner can open.</summary>
internal static class OwnerOnly
{
    public static FileStreamOptions File(FileMode mode, FileShare share) => new()
    {
        Mode = mode,
        Access = FileAccess.ReadWrite,
        Share = share,
        BufferSize = 0,
        UnixCreateMode = mode == FileMode.Open ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    public static void CreateFolder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
