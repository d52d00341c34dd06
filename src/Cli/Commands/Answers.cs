using System.Diagnostics;
using System.Globalization;
using System.Text;
using Holdfast.Client;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Cli.Commands;

/// <summary>How answers are told: the result on standard output, how it is known on standard error, so that scripts can
/// take the one without the other.</summary>
internal static class Answers
{
    /// <summary>Runs an operation and turns its failures into sentences and exit codes.</summary>
    public static async Task<T> OfAsync<T>(Connection connection, Func<Task<T>> operation)
    {
        try
        {
            return await operation().ConfigureAwait(false);
        }
        catch (OperationFailedException failure)
        {
            throw Explain(connection, failure.Outcome);
        }
        catch (KeyValueRefusedException failure)
        {
            throw new CommandFailure(ExitCode.Refused, failure.Message);
        }
    }

    /// <summary>Why there is no answer, as an exit.</summary>
    public static CommandFailure Explain(Connection connection, ClientOutcome outcome) => outcome switch
    {
        { Reason: ClientReason.DeadlinePassed, Outcome: Outcome.Rejected } => new(
            ExitCode.NoAnswer,
            $"Expected {connection.Site} of {connection.Folder} to answer within "
            + $"{connection.Patience.TotalSeconds:0.#} s, found too few of its replicas; nothing was sent. Does the "
            + "system run ('holdfast demo'), and does it know this client ('holdfast client add')?"),
        { Reason: ClientReason.DeadlinePassed } => new(
            ExitCode.NoAnswer,
            $"Expected an answer within {connection.Patience.TotalSeconds:0.#} s, found none that f + 1 replicas "
            + "give alike; an update may still be executed. Ask again, or with a longer --timeout."),
        { Outcome: Outcome.Unknown } => new(
            ExitCode.NoAnswer, $"The outcome is not known ({Cause(outcome)}): the update may have been executed."),
        { Outcome: Outcome.Behind } => new(
            ExitCode.NoAnswer, "No site is as far as what this client has seen already; ask again."),
        _ => new(ExitCode.Refused, $"The system refused: {Cause(outcome)}. It was not executed."),
    };

    /// <summary>One line: where in the global order, at which level, how old, from which site, after how
    /// long.</summary>
    public static string HowKnown(ClientOutcome outcome, long began)
    {
        var text = new StringBuilder();
        text.Append(outcome.Outcome == Outcome.Committed
            ? $"committed at {outcome.Position}"
            : $"as of {outcome.Position.Sequence}, last changed at {outcome.ChangedAt}");
        if (outcome.Level is { } level)
        {
            text.Append(CultureInfo.InvariantCulture, $", {level.ToString().ToLowerInvariant()} answer");
        }

        if (outcome.Site is { } site)
        {
            text.Append(CultureInfo.InvariantCulture, $" of {site}");
        }

        if (outcome.Age is { } age)
        {
            text.Append(CultureInfo.InvariantCulture, $", at most {age.TotalMilliseconds:F0} ms old");
            text.Append(outcome.IsFromCutOffSite ? ", its site is cut off from the others" : string.Empty);
        }

        return text.Append(
            CultureInfo.InvariantCulture, $" ({Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms)")
            .ToString();
    }

    /// <summary>Text as it is where it is text, else hexadecimal.</summary>
    public static string Shown(Bytes bytes)
    {
        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
                .GetString(bytes.Span);
            return text.Any(char.IsControl) ? $"0x{bytes.ToHex()}" : text;
        }
        catch (DecoderFallbackException)
        {
            return $"0x{bytes.ToHex()}";
        }
    }

    private static string Cause(ClientOutcome outcome) =>
        outcome.Reason != ClientReason.None ? outcome.Reason.ToString() : outcome.Because.ToString();
}
