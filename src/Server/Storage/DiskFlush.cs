using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Holdfast.Server.Storage;

/// <summary>
/// The system's own fsync, whose failure is told. .NET's FlushToDisk cannot be used: it ignores three errors on purpose
/// (a disk that has gone read-only is one of them), and up to .NET 10 it loses all others, so that a replica would
/// promise what no disk holds.
/// </summary>
internal static class DiskFlush
{
    private const int Interrupted = 4;

    /// <summary>Makes what was written to a file durable, with its length.</summary>
    /// <exception cref="IOException">It may be durable or not. A second flush that succeeds would prove
    /// nothing.</exception>
    public static void File(SafeHandle file, string name)
    {
        int result;
        do
        {
            result = Synchronize(file);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (result != 0)
        {
            throw Failed(name, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Makes creations and deletions in a folder durable.</summary>
    public static void Folder(string path)
    {
        // .NET opens no folders, so that is done by hand, too.
        using var folder = new FolderHandle(OpenForReading(path, flags: 0));
        if (folder.IsInvalid)
        {
            throw Failed(path, Marshal.GetLastPInvokeError());
        }

        File(folder, path);
    }

    private static IOException Failed(string path, int error) =>
        new($"{path} cannot be flushed: {new Win32Exception(error).Message}");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int OpenForReading([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Synchronize(SafeHandle descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int CloseDescriptor(IntPtr descriptor);

    private sealed class FolderHandle : SafeHandle
    {
        private static readonly IntPtr None = new(-1);

        public FolderHandle(int descriptor)
            : base(None, ownsHandle: true) => SetHandle(descriptor);

        public override bool IsInvalid => handle == None;

        protected override bool ReleaseHandle() => CloseDescriptor(handle) == 0;
    }
}
