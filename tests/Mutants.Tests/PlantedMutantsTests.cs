using System.Collections.Concurrent;

namespace Holdfast.Mutants.Tests;

/// <summary>The judges are on trial: each rule of the protocol that a mutant breaks has a world in which that
/// shows.</summary>
public sealed class PlantedMutantsTests
{
    private const int FoundAtLeast = 26;
    private const int SystemsAtOnce = 2;

    [Fact]
    public void Each_recorded_world_finds_its_mutant_and_holds_without_it()
    {
        var planted = MutantTable.Read(Checkout.Planted);
        var left = new ConcurrentQueue<Mutant>(planted.Where(mutant => mutant.Finding is not null));
        var sources = new MutatedSources(planted);
        var wrong = new ConcurrentBag<string>();
        var systems = new ParallelOptions
        {
            MaxDegreeOfParallelism = SystemsAtOnce,
            CancellationToken = TestContext.Current.CancellationToken,
        };
        Parallel.For(0, SystemsAtOnce, systems, _ =>
        {
            var system = new MutatedSystem(sources);
            while (left.TryDequeue(out var mutant))
            {
                Judge(system, mutant, wrong);
            }
        });

        Assert.True(wrong.IsEmpty, string.Join(Environment.NewLine, wrong));
        Assert.True(planted.Count(mutant => mutant.Finding is not null) >= FoundAtLeast);
    }

    [Fact]
    public void A_mutant_whose_text_is_not_there_once_says_what_to_do()
    {
        var mutant = new Mutant("a-name", "S1: it is broken.", "src/Protocol/SiteSize.cs", "1", "2", Finding: null);

        Assert.Equal("2", mutant.Plant("1"));
        Assert.Contains("found it nowhere", Assert.Throws<MutantException>(() => mutant.Plant("0")).Message);
        Assert.Contains("found it more than once", Assert.Throws<MutantException>(() => mutant.Plant("1 1")).Message);
    }

    [Fact]
    public void A_mutant_outside_every_body_is_refused_by_name()
    {
        var mutant = new Mutant("a-name", "S1: it is broken.", "A.cs", "A", "B", Finding: null);

        var refused = Assert.Throws<MutantException>(() => Bodies.Weave("class A { int B() => 1; }", [(1, mutant)]));

        Assert.Contains("a-name", refused.Message);
    }

    [Fact]
    public void A_number_chooses_among_the_bodies_of_a_member()
    {
        const string source = "class C { int B(int a) => a + 1; void D() => B(2); int E { get { return 3; } } int F => 4; }";
        (int, Mutant)[] planted =
        [
            (1, new Mutant("one", "", "C.cs", "a + 1", "a", null)),
            (2, new Mutant("two", "", "C.cs", "B(2)", "B(1)", null)),
            (3, new Mutant("three", "", "C.cs", "return 3", "return 5", null)),
            (4, new Mutant("four", "", "C.cs", "4", "6", null)),
            (5, new Mutant("five", "", "C.cs", "a + 1", "1", null)),
        ];

        Assert.Equal(
            "class C { int B(int a) { if (Planted.Number == 1) { return a; } else if (Planted.Number == 5) { return 1; } "
            + "else { return a + 1; } } void D() { if (Planted.Number == 2) { B(1); } else { B(2); } } "
            + "int E { get { if (Planted.Number == 3) { return 5; } else { return 3; } } } "
            + "int F { get { if (Planted.Number == 4) { return 6; } else { return 4; } } } }",
            Bodies.Weave(source, planted));
    }

    private static void Judge(MutatedSystem system, Mutant mutant, ConcurrentBag<string> wrong)
    {
        var (seed, options, checker) = mutant.Finding!;
        var found = system.Play(mutant, seed, options);
        if (found != checker)
        {
            wrong.Add(
                $"{mutant.Name}: expected {checker} to find it in seed {seed} {options}; found by {found ?? "none"}. "
                + $"Find another seed: scripts/find-mutants 60 1 {mutant.Name} {options}; if there is "
                + "none, a checker has gone blind.");
        }

        if (system.Play(mutant: null, seed, options) is { } broken)
        {
            wrong.Add($"{mutant.Name}: seed {seed} {options} fails without it: {broken}");
        }
    }
}
