using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Holdfast.Mutants;

/// <summary>One project of the source, compiled in memory with all that is planted in it.</summary>
internal static class Room
{
    // What the build adds to every project, and the number that chooses a mutant: 0 for none.
    private const string Added = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        [assembly: System.Reflection.AssemblyVersion("0.1.0.0")]

        """;

    private const string Chooser = "internal static class Planted { public static int Number; }";

    /// <exception cref="MutantException">A text is not there, or the compiler refuses what is planted.</exception>
    public static byte[] Compile(string project, IReadOnlyList<(int Number, Mutant Mutant)> planted)
    {
        var folder = Checkout.Path($"src/{project}");
        var absent = planted.FirstOrDefault(one => !File.Exists(Checkout.Path(one.Mutant.File))).Mutant;
        if (absent is not null)
        {
            throw new MutantException($"{absent.Name}: there is no {absent.File}; name the file that has its text now.");
        }

        var plan = XDocument.Load(Path.Combine(folder, $"{project}.csproj"));
        var friends = Included(plan, "InternalsVisibleTo")
            .Select(name => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{name}\")]");
        var sources = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Concat(Included(plan, "Compile").Select(file => Path.GetFullPath(file, folder)))
            .Order(StringComparer.Ordinal)
            .Select(file => (file, Bodies.Weave(File.ReadAllText(file), In(planted, file))))
            .Append(("Added.cs", Added + string.Join('\n', friends.Append(Chooser))))
            .Select(source => CSharpSyntaxTree.ParseText(source.Item2, Bodies.Parsing, source.Item1));
        var below = Included(plan, "ProjectReference")
            .Select(name => Path.Combine(AppContext.BaseDirectory, $"Holdfast.{Path.GetFileNameWithoutExtension(name)}.dll"));
        var compilation = CSharpCompilation.Create(
            $"Holdfast.{project}",
            sources,
            Framework().Concat(below).Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var errors = compilation.Emit(assembly).Diagnostics
            .Where(found => found.Severity == DiagnosticSeverity.Error)
            .Select(found => $"{found.GetMessage()} in: {LineOf(found.Location)}");
        return errors.Any()
            ? throw new MutantException($"What is planted does not compile: {string.Join("; ", errors.Take(5))}")
            : assembly.ToArray();
    }

    private static IEnumerable<(int Number, Mutant Mutant)> In(
        IEnumerable<(int Number, Mutant Mutant)> planted, string file) =>
        planted.Where(one => Checkout.Path(one.Mutant.File) == file);

    private static string LineOf(Location location) =>
        location.SourceTree?.GetText().Lines.GetLineFromPosition(location.SourceSpan.Start).ToString().Trim() ?? "";

    private static IEnumerable<string> Included(XDocument plan, string element) =>
        plan.Descendants(element).Select(found => found.Attribute("Include")!.Value);

    private static IEnumerable<string> Framework()
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == folder);
    }
}
