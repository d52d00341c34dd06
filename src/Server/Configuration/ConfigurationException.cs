namespace Holdfast.Server.Configuration;

/// <summary>A setting, a file or a key does not fit. The message is one sentence for the operator: what was expected,
/// what was found, what to do.</summary>
public sealed class ConfigurationException : Exception
{
    public ConfigurationException(string message)
        : base(message)
    {
    }

    public ConfigurationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
