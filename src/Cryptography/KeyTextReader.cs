using System.Buffers;
using System.Globalization;
using System.Text;

namespace Holdfast.Cryptography;

/// <summary>
/// Reads the lines of a private key file in their order. It remembers the first thing that is wrong and gives zeros
/// after it, so that one question at the end covers all. What it says names fields, never values.
/// </summary>
internal ref struct KeyTextReader(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    /// <summary>The first thing that was wrong, or null.</summary>
    public string? Problem { get; private set; }

    public ReadOnlySpan<byte> Value(string name)
    {
        var end = _rest.IndexOf((byte)'\n');
        if (Problem is not null || end < 0)
        {
            Fail(name, "nothing");
            return [];
        }

        var line = _rest[..end];
        _rest = _rest[(end + 1)..];
        if (line.Length <= name.Length
            || line[name.Length] != (byte)' '
            || !Ascii.Equals(line[..name.Length], name))
        {
            Fail(name, "another line");
            return [];
        }

        return line[(name.Length + 1)..];
    }

    public ulong Number(string name)
    {
        // No signs, blanks or leading zeros: a number has one spelling.
        var value = Value(name);
        if (Problem is null
            && ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && (value[0] != (byte)'0' || value.Length == 1))
        {
            return number;
        }

        Fail(name, "something else than a number");
        return 0;
    }

    /// <summary>Fills the destination exactly, or leaves zeros in it.</summary>
    public void Hexadecimal(string name, scoped Span<byte> destination)
    {
        destination.Clear();
        var value = Value(name);
        if (Problem is null
            && (value.Length != 2 * destination.Length
                || Convert.FromHexString(value, destination, out _, out _) != OperationStatus.Done))
        {
            destination.Clear();
            Fail(name, $"something else than {2 * destination.Length} hexadecimal digits");
        }
    }

    /// <summary>To be asked last: nothing may follow.</summary>
    public void Finish()
    {
        if (!_rest.IsEmpty)
        {
            Fail("the end", "more lines");
        }
    }

    public void Refuse(string problem) => Problem ??= problem;

    private void Fail(string expected, string found) => Refuse($"expected '{expected}', found {found}");
}
