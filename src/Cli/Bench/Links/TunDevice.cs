using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Cli.Bench.Links;

/// <summary>A network device whose packets a program sends and receives (Linux, <c>Documentation/networking/tuntap.rst</c>),
/// in a network namespace of its own. The kernel gives whole IP packets to it, as it would to a wire.</summary>
internal sealed class TunDevice : IDisposable
{
    private const string Control = "/dev/net/tun";
    private const int ReadWrite = 2;
    private const int NonBlocking = 0x800;
    private const int NetworkNamespace = 0x40000000;
    private const ulong SetInterface = 0x400454ca;
    private const short TunWithoutHeader = 0x1001;
    private const int NameBytes = 16;
    private const int RequestBytes = 40;
    private const short Readable = 1;

    private readonly int _descriptor;

    private TunDevice(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens a device that is there. The calling thread is in that namespace from then on, so it must be one that
    /// nobody else uses.</summary>
    /// <exception cref="CommandFailure">The system does not let it.</exception>
    public static TunDevice Open(string networkNamespace, string name)
    {
        var space = Require(OpenFile($"/run/netns/{networkNamespace}", 0), networkNamespace);
        var entered = EnterNamespace(space, NetworkNamespace);
        var trouble = Marshal.GetLastPInvokeError();
        _ = CloseFile(space);
        if (entered != 0)
        {
            throw Failed(networkNamespace, trouble);
        }

        var descriptor = Require(OpenFile(Control, ReadWrite | NonBlocking), Control);
        var request = new byte[RequestBytes];
        Encoding.ASCII.GetBytes(name, request.AsSpan(0, NameBytes - 1));
        BitConverter.TryWriteBytes(request.AsSpan(NameBytes), TunWithoutHeader);
        Require(ControlDevice(descriptor, SetInterface, request), $"{name} in {networkNamespace}");
        return new(descriptor);
    }

    /// <summary>Waits until one of them has a packet, or so long.</summary>
    public static void WaitForAny(IReadOnlyList<TunDevice> devices, TimeSpan patience)
    {
        var watched = new Watched[devices.Count];
        for (var index = 0; index < watched.Length; index++)
        {
            watched[index] = new() { Descriptor = devices[index]._descriptor, Wanted = Readable };
        }

        var span = new Span
        {
            Seconds = (long)patience.TotalSeconds,
            Nanoseconds = (long)patience.TotalNanoseconds % 1_000_000_000,
        };
        _ = Wait(watched, (ulong)watched.Length, in span, IntPtr.Zero);
    }

    /// <returns>Bytes of the packet; 0 if there is none.</returns>
    public int Read(byte[] buffer) => (int)Math.Max(0, ReadFile(_descriptor, buffer, buffer.Length));

    public void Write(byte[] packet, int bytes) => _ = WriteFile(_descriptor, packet, bytes);

    public void Dispose() => _ = CloseFile(_descriptor);

    private static int Require(int result, string what) =>
        result >= 0 ? result : throw Failed(what, Marshal.GetLastPInvokeError());

    private static CommandFailure Failed(string what, int error) => new(
        ExitCode.Environment,
        $"Expected to open {what} for links between network namespaces, found: {new Win32Exception(error).Message}.");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int OpenFile([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int EnterNamespace(int descriptor, int kind);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int ControlDevice(int descriptor, ulong request, byte[] argument);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint ReadFile(int descriptor, [Out] byte[] buffer, nint bytes);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint WriteFile(int descriptor, [In] byte[] buffer, nint bytes);

    [DllImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Wait([In, Out] Watched[] watched, ulong count, in Span patience, IntPtr signals);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int CloseFile(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct Watched
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Span
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
