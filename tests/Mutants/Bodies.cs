using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Holdfast.Mutants;

/// <summary>Gives each method or property that a mutant changes all of its bodies, the true one last, and lets a number
/// choose: so all mutants are compiled once, and none of them costs more than its worlds.</summary>
internal static class Bodies
{
    public static readonly CSharpParseOptions Parsing = new(LanguageVersion.CSharp14);

    /// <param name="planted">The mutants of this file, with their numbers.</param>
    public static string Weave(string source, IEnumerable<(int Number, Mutant Mutant)> planted)
    {
        var bodies = Of(source);
        var others = new SortedDictionary<int, string>();
        foreach (var (number, mutant) in planted)
        {
            var changed = Of(mutant.Plant(source));
            var places = Enumerable.Range(0, bodies.Count)
                .Where(place => changed.Count == bodies.Count && changed[place].Block != bodies[place].Block)
                .ToArray();
            if (places is not [var only])
            {
                throw new MutantException(
                    $"{mutant.Name}: its text in {mutant.File} must stand inside the body of one method or property.");
            }

            var before = others.GetValueOrDefault(only, "");
            others[only] = $"{before}if (Planted.Number == {number}) {changed[only].Block} else ";
        }

        var woven = new StringBuilder(source);
        foreach (var (place, choices) in others.Reverse())
        {
            var (span, block, isProperty) = bodies[place];
            var whole = $"{{ {choices}{block} }}";
            woven.Remove(span.Start, span.Length).Insert(span.Start, isProperty ? $"{{ get {whole} }}" : whole);
        }

        return woven.ToString();
    }

    private static List<(TextSpan Span, string Block, bool IsProperty)> Of(string source) =>
        [.. CSharpSyntaxTree.ParseText(source, Parsing).GetRoot().DescendantNodes().Select(BodyOf).OfType<Body>()
            .Select(body => (body.Span, body.Block, body.IsProperty))];

    private static Body? BodyOf(SyntaxNode node) => node switch
    {
        BlockSyntax { Parent: BaseMethodDeclarationSyntax or AccessorDeclarationSyntax } block
            => new(block.Span, block.ToString(), IsProperty: false),
        ArrowExpressionClauseSyntax
        {
            Parent: (BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or BasePropertyDeclarationSyntax) and var member,
        } arrow => new(
            TextSpan.FromBounds(arrow.SpanStart, member.Span.End),
            $"{{ {(GivesNothing(member) ? "" : "return ")}{arrow.Expression}; }}",
            member is BasePropertyDeclarationSyntax),
        _ => null,
    };

    private static bool GivesNothing(SyntaxNode member) => member switch
    {
        MethodDeclarationSyntax method => method.ReturnType.ToString() == "void",
        AccessorDeclarationSyntax accessor => !accessor.IsKind(SyntaxKind.GetAccessorDeclaration),
        _ => member is ConstructorDeclarationSyntax,
    };

    private sealed record Body(TextSpan Span, string Block, bool IsProperty);
}
