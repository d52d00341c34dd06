namespace Holdfast.Cryptography;

/// <summary>A key file cannot be used; the message tells an operator why, without telling the key.</summary>
public sealed class KeyFileException : Exception
{
    public KeyFileException()
    {
    }

    public KeyFileException(string message)
        : base(message)
    {
    }

    public KeyFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
