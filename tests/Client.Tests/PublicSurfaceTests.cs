using System.Reflection;
using System.Runtime.CompilerServices;

namespace Holdfast.Client.Tests;

/// <summary>What the client library promises to applications, by name and signature. A change of it has to be
/// seen.</summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string Snapshot = Path.Combine(Folder(), "public-surface.txt");

    /// <summary><c>REWRITE=1</c> writes the snapshot anew: read the difference, and say in the change log
    /// why.</summary>
    [Fact]
    public void The_public_surface_is_the_one_that_was_promised()
    {
        var found = string.Join('\n', typeof(HoldfastClient).Assembly.GetExportedTypes()
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .SelectMany(Describe)) + "\n";
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
        {
            File.WriteAllText(Snapshot, found);
        }

        Assert.Equal(File.ReadAllText(Snapshot), found);
    }

    private static IEnumerable<string> Describe(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : "class";
        return type.GetMembers(Declared)
            .Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsAccessor(member))
            .Select(member => $"    {Signature(member)}")
            .Order(StringComparer.Ordinal)
            .Prepend($"{kind} {Name(type)}");
    }

    private static bool IsAccessor(MemberInfo member) =>
        member is MethodInfo { IsSpecialName: true } or FieldInfo { IsSpecialName: true };

    private static string Signature(MemberInfo member) => member switch
    {
        MethodInfo method => $"{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ {Accessors(property)} }}",
        FieldInfo { IsLiteral: true } field => $"{Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"{Name(field.FieldType)} {field.Name}",
        _ => $"{member.MemberType} {member.Name}",
    };

    private static string Accessors(PropertyInfo property) => property.SetMethod is null ? "get;" : "get; init;";

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(one => $"{Name(one.ParameterType)} {Default(one)}"));

    private static string Default(ParameterInfo parameter) => parameter.HasDefaultValue
        ? $"{parameter.Name} = {parameter.DefaultValue ?? "default"}"
        : parameter.Name!;

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
