namespace Holdfast.Server.Tests.Storage;

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("holdfast-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

#pragma warning disable CA1416 // The tests run where the replica runs.
    /// <summary>The last three octal digits of a mode: 600 is the owner's alone.</summary>
    public static string ModeOf(string path) => Convert.ToString((int)File.GetUnixFileMode(path), toBase: 8);
#pragma warning restore CA1416

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
