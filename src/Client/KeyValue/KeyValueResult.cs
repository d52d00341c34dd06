namespace Holdfast.Client;

/// <summary>What the key-value store answered, and how it is known.</summary>
/// <param name="Outcome">Position, age, site and receipt of the answer.</param>
public sealed record KeyValueResult<T>(T Value, ClientOutcome Outcome);
