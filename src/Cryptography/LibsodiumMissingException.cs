namespace Holdfast.Cryptography;

/// <summary>The shared library libsodium could not be loaded; the message says what to install.</summary>
public sealed class LibsodiumMissingException : Exception
{
    public LibsodiumMissingException()
    {
    }

    public LibsodiumMissingException(string message)
        : base(message)
    {
    }

    public LibsodiumMissingException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
