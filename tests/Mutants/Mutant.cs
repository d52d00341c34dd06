namespace Holdfast.Mutants;

/// <summary>A bug to be planted: one text of one source file, and what stands there instead.</summary>
/// <param name="Breaks">One sentence: the rule that is broken, and how.</param>
/// <param name="File">Its path in the checkout.</param>
/// <param name="Finding">The world that shows it; null while none is known.</param>
public sealed record Mutant(string Name, string Breaks, string File, string Text, string Instead, Finding? Finding)
{
    /// <summary>The project that is compiled anew: the folder under <c>src</c>.</summary>
    public string Project => File.Split('/')[1];

    /// <exception cref="MutantException">The text is not there, or not once.</exception>
    public string Plant(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var first = source.IndexOf(Text, StringComparison.Ordinal);
        if (first < 0 || source.IndexOf(Text, first + 1, StringComparison.Ordinal) >= 0)
        {
            throw new MutantException(
                $"{Name}: expected '{Text}' exactly once in {File}; found it {(first < 0 ? "nowhere" : "more than once")}. "
                + "The code has changed: write the text anew in tests/Mutants/planted so that it breaks the same rule, "
                + "and find a seed with scripts/find-mutants; or take the mutant out if the rule is gone.");
        }

        return string.Concat(source.AsSpan(0, first), Instead, source.AsSpan(first + Text.Length));
    }
}

/// <summary>The world in which a mutant is found out, and the checker or invariant that says so.</summary>
public sealed record Finding(ulong Seed, string Options, string Checker)
{
    public override string ToString() =>
        $"seed {Seed}{(Options.Length > 0 ? " " : "")}{Options} # {Checker}";
}

/// <summary>A mutant cannot be read, planted or compiled; the message says what to do.</summary>
public sealed class MutantException(string message) : Exception(message);
