using System.Globalization;
using System.Text;

namespace Holdfast.Cryptography;

/// <summary>Writes the lines of a private key file into guarded memory; <see cref="KeyText"/> has the format.</summary>
internal ref struct KeyTextWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Written { get; private set; }

    public void Text(string name, string value)
    {
        Append(name);
        Append(" ");
        Append(value);
        Append("\n");
    }

    public void Number(string name, ulong value) => Text(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The value goes straight from bytes to text bytes: no string of a secret is ever made.</summary>
    public void Hexadecimal(string name, scoped ReadOnlySpan<byte> value)
    {
        Append(name);
        Append(" ");
        if (!Convert.TryToHexStringLower(value, _destination[Written..], out var written))
        {
            throw new ArgumentException($"Expected room for {value.Length} more bytes in a key file.");
        }

        Written += written;
        Append("\n");
    }

    private void Append(string text) => Written += Encoding.ASCII.GetBytes(text, _destination[Written..]);
}
