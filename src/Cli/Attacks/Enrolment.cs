using Holdfast.Client;
using Holdfast.Cryptography;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Attacks;

/// <summary>New clients of a system that was made for an attack.</summary>
internal static class Enrolment
{
    /// <summary>The operator lets so many in, each with a key of its own, and nobody knows yet which of them are
    /// good.</summary>
    /// <param name="system">The system's folder.</param>
    public static async Task<IReadOnlyList<SigningKey>> EnrolAsync(string system, int count, CancellationToken cancel)
    {
        var file = Path.Combine(HomeFiles.OperatorHome(system), HomeFiles.OperatorKey);
        using var key = KeyFiles.ReadSigningKey(file, KeyKind.Operator);
        await using var client = HoldfastClient.Connect(new() { Topology = HomeFiles.ReadTopology(system), Key = key });
        var keys = Enumerable.Range(0, count).Select(_ => SigningKey.Generate(Randomness.System)).ToList();
        var outcomes = await Task.WhenAll(keys.Select(one => client.AdministerAsync(
                new Administration.SetClient(Bytes.Copy(one.PublicKey.Span), Roles.Reader | Roles.Writer).Encode().Memory,
                options: null,
                cancel)))
            .ConfigureAwait(false);
        return outcomes.FirstOrDefault(outcome => outcome.Outcome != Outcome.Committed) is { } other
            ? throw new CommandFailure(
                ExitCode.NoAnswer, $"Expected the operator to let {count} clients in, found {other.Outcome} ({other.Reason}, {other.Because}).")
            : keys;
    }
}
