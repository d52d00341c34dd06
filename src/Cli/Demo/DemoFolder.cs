using System.Net;
using System.Net.Sockets;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Demo;

/// <summary>Where a demo keeps its system, so that the next one goes on where this one stopped. Held by one demo at a
/// time.</summary>
internal sealed class DemoFolder : IDisposable
{
    public const string DefaultName = ".holdfast";

    private const string LockFile = "lock";
    private const string SystemFolder = "system";
    private const string LogFolder = "log";

    private readonly FileStream _lock;

    private DemoFolder(string path, FileStream held, Topology topology, bool isNew)
    {
        Path = path;
        _lock = held;
        Topology = topology;
        IsNew = isNew;
    }

    public string Path { get; }

    public Topology Topology { get; }

    /// <summary>False if it goes on with what an earlier demo left.</summary>
    public bool IsNew { get; }

    public string SystemPath => SystemOf(Path);

    public string LogPath => System.IO.Path.Combine(Path, LogFolder);

    /// <summary>Where a demo in this folder has its system.</summary>
    public static string SystemOf(string path) => System.IO.Path.Combine(path, SystemFolder);

    /// <summary>Takes the folder, and makes keys and topology if it is new.</summary>
    /// <exception cref="ConfigurationException">Another demo runs in it, or it holds a system of another
    /// shape.</exception>
    /// <param name="hosts">One for each site or for each replica; null for this machine's own address.</param>
    public static DemoFolder Open(
        string path, IReadOnlyList<int> faults, int firstPort, IReadOnlyList<string>? hosts = null)
    {
        var held = Hold(path);
        try
        {
            var system = SystemOf(path);
            var isNew = !Directory.Exists(system);
            var topology = isNew ? Make(system, faults, firstPort, hosts) : HomeFiles.ReadTopology(system);
            RequireShape(path, topology, faults);
            Directory.CreateDirectory(System.IO.Path.Combine(path, LogFolder));
            return new DemoFolder(path, held, topology, isNew);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Hold(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return new FileStream(
                System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new ConfigurationException(
                $"Expected a folder that can be written at {path}, found none ({failure.Message}); name another with "
                + "--dir.",
                failure);
        }
        catch (IOException failure)
        {
            throw new ConfigurationException(
                $"Expected {path} to be free, found another demo that runs in it ({failure.Message}); stop it, or name "
                + "another folder with --dir.",
                failure);
        }
    }

    private static Topology Make(
        string system, IReadOnlyList<int> faults, int firstPort, IReadOnlyList<string>? hosts)
    {
        var plan = new SystemPlan { Faults = faults, FirstPort = firstPort };
        var topology = Initialization.Run(system, hosts is null ? plan : plan with { Hosts = hosts });
        try
        {
            // A system with ports that others use would be of no use here, now or later.
            foreach (var address in topology.Sites.SelectMany(site => site.Replicas))
            {
                RequireFree(address.PeerPort);
                RequireFree(address.ClientPort);
            }
        }
        catch
        {
            Directory.Delete(system, recursive: true);
            throw;
        }

        return topology;
    }

    private static void RequireFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException failure)
        {
            throw new ConfigurationException(
                $"Expected port {port} to be free for the demo, found it in use ({failure.SocketErrorCode}); name "
                + "another first port with --port.",
                failure);
        }
    }

    private static void RequireShape(string path, Topology topology, IReadOnlyList<int> faults)
    {
        var found = topology.Genesis.Sites.Select(site => site.Size.Faults).ToList();
        if (!found.SequenceEqual(faults))
        {
            throw new ConfigurationException(
                $"Expected in {path} a demo of {Shape(faults)}, found one of {Shape(found)}; remove the folder to "
                + "begin anew, name another with --dir, or ask for the shape that it has.");
        }
    }

    private static string Shape(IReadOnlyList<int> faults) =>
        $"{faults.Count} sites with f = {(faults.Distinct().Count() == 1 ? $"{faults[0]}" : string.Join(',', faults))}";
}
