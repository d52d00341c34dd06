namespace Holdfast.Cli.Demo;

/// <summary>A folder for a system that nobody wants afterwards; kept where something went wrong, for a look at
/// it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private bool _isUnwanted;

    /// <param name="hosts">One for each site or for each replica; null for this machine's own address.</param>
    public ScratchFolder(string prefix, IReadOnlyList<int> faults, IReadOnlyList<string>? hosts = null)
    {
        Path = Directory.CreateTempSubdirectory(prefix).FullName;
        Demo = DemoFolder.Open(Path, faults, DemoPorts.Free(faults), hosts);
    }

    public string Path { get; }

    public DemoFolder Demo { get; }

    /// <summary>What is in it is of no use any more.</summary>
    public void Unwanted() => _isUnwanted = true;

    public void Dispose()
    {
        Demo.Dispose();
        if (_isUnwanted)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
