namespace Holdfast.Mutants;

/// <summary>The checkout whose sources are mutated.</summary>
public static class Checkout
{
    public static string Root { get; } = Find();

    public static string Planted => Path("tests/Mutants/planted");

    public static string Path(string path) => System.IO.Path.Combine(Root, path);

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "Holdfast.slnx")))
        {
            folder = System.IO.Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("Mutants are compiled from the sources of a checkout.");
        }

        return folder;
    }
}
