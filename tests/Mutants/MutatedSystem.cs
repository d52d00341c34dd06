using System.Reflection;
using System.Runtime.Loader;

namespace Holdfast.Mutants;

/// <summary>The system with all mutants in it, compiled: a number chooses the one that acts.</summary>
public sealed class MutatedSources
{
    public MutatedSources(IReadOnlyList<Mutant> mutants)
    {
        Mutants = mutants;
        var numbered = mutants.Select((mutant, index) => (Number: index + 1, Mutant: mutant));
        Assemblies = numbered
            .GroupBy(one => one.Mutant.Project)
            .ToDictionary(room => $"Holdfast.{room.Key}", room => Room.Compile(room.Key, [.. room]));
    }

    internal IReadOnlyList<Mutant> Mutants { get; }

    internal IReadOnlyDictionary<string, byte[]> Assemblies { get; }
}

/// <summary>One copy of the mutated system, simulator included, beside the true one in the same process. It plays one
/// world at a time.</summary>
public sealed class MutatedSystem
{
    private const string Crash = "crash: ";

    private readonly MutatedSources _sources;
    private readonly MethodInfo _run;
    private readonly MethodInfo _parse;
    private readonly FieldInfo[] _choosers;

    public MutatedSystem(MutatedSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        _sources = sources;
        var beside = new Beside(sources.Assemblies);
        var simulation = beside.LoadFromAssemblyName(new("Holdfast.Simulation"));
        _run = simulation.GetType("Holdfast.Simulation.SeedRunner")!.GetMethod("Run")!;
        _parse = simulation.GetType("Holdfast.Simulation.WorldOptions")!.GetMethod("Parse")!;
        _choosers = [.. sources.Assemblies.Keys.Select(
            name => beside.LoadFromAssemblyName(new(name)).GetType("Planted")!.GetField("Number")!)];
    }

    /// <summary>Plays one world: null if it held, else the name of the checker or the invariant that did not. That a
    /// mutated program falls over says nothing about the checkers: then the name begins with "crash".</summary>
    /// <param name="mutant">Null for the system as it is.</param>
    public string? Play(Mutant? mutant, ulong seed, string options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var number = mutant is null ? 0 : _sources.Mutants.ToList().IndexOf(mutant) + 1;
        Array.ForEach(_choosers, chooser => chooser.SetValue(null, number));
        try
        {
            var words = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            _run.Invoke(null, [seed, _parse.Invoke(null, [words]), (string _) => { }]);
            return null;
        }
        catch (TargetInvocationException thrown)
        {
            var cause = thrown.InnerException!;
            var broken = cause.GetType().GetProperty("Invariant")?.GetValue(cause) as string;
            return broken is not null && !broken.EndsWith("Exception", StringComparison.Ordinal)
                ? broken
                : $"{Crash}{broken ?? cause.GetType().Name}";
        }
    }

    /// <summary>Whether the program fell over instead of being found out.</summary>
    public static bool IsCrash(string found) => found.StartsWith(Crash, StringComparison.Ordinal);

    /// <summary>Loads all of Holdfast's assemblies anew, some of them mutated; what is not Holdfast's is shared.</summary>
    private sealed class Beside(IReadOnlyDictionary<string, byte[]> mutated) : AssemblyLoadContext
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (mutated.TryGetValue(assemblyName.Name!, out var assembly))
            {
                return LoadFromStream(new MemoryStream(assembly));
            }

            return assemblyName.Name!.StartsWith("Holdfast.", StringComparison.Ordinal)
                ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll"))
                : null;
        }
    }
}
