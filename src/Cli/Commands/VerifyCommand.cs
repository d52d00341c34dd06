using System.CommandLine;
using Holdfast.Client;
using Holdfast.Cryptography;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast verify</c>: checks a receipt offline.</summary>
internal static class VerifyCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "A receipt that --receipt kept." };

    private static readonly Option<string> SiteKey = new("--site-key")
    {
        Description = "The public key of the site that gave it: site-N.pem beside the topology.",
        HelpName = "PEM",
        Required = true,
    };

    private static readonly Option<string?> Export = new("--export")
    {
        Description = $"Write {ReceiptFile.StatementName} and {ReceiptFile.SignatureName} there, for any Ed25519 tool.",
        HelpName = "DIR",
    };

    public static Command Build()
    {
        var command = new Command("verify", "Check a receipt with the site's public key alone, and say what it proves.")
        {
            File, SiteKey, Export,
        };
        command.SetAction(parsed =>
        {
            StartupSelfTest.Run();
            var pem = parsed.GetRequiredValue(SiteKey);
            var receipt = Read(parsed.GetRequiredValue(File), ReceiptFile.Load);
            var finding = receipt.Verify(Read(pem, System.IO.File.ReadAllText));
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(Export) is { } folder)
            {
                receipt.Export(folder);
                var (statement, signature) =
                    (Path.Combine(folder, ReceiptFile.StatementName), Path.Combine(folder, ReceiptFile.SignatureName));
                output.WriteLine(
                    $"openssl pkeyutl -verify -rawin -pubin -inkey {pem} -in {statement} -sigfile {signature}");
            }

            if (!finding.IsProven)
            {
                throw new CommandFailure(ExitCode.NotProven, finding.Text.TrimEnd());
            }

            output.Write("Proven: " + finding.Text);
            return ExitCode.Success;
        });
        return command;
    }

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                $"Expected a file at {path}, found none that can be read ({failure.Message}).", failure);
        }
        catch (InvalidDataException failure)
        {
            throw new CommandFailure(ExitCode.NotProven, failure.Message);
        }
    }
}
