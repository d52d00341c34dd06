using System.Text.Json;
using Holdfast.Simulation;

namespace Holdfast.Cli.Commands;

/// <summary>What <c>simulate --keep</c> writes down between hundreds of worlds: whole or not at all.</summary>
internal static class CampaignFile
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>What was kept, if it is of the campaign that is asked for.</summary>
    /// <exception cref="CommandFailure">It is not, or is none at all.</exception>
    public static CampaignRecord Read(FileInfo file, CampaignRecord asked)
    {
        CampaignRecord? kept;
        try
        {
            kept = JsonSerializer.Deserialize<CampaignRecord>(File.ReadAllText(file.FullName), Format);
        }
        catch (Exception broken) when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                ExitCode.Configuration, $"Expected what an earlier 'simulate --keep' wrote in {file}; found: {broken.Message}");
        }

        if (kept is null || kept.Options != asked.Options || kept.First != asked.First || kept.Played > asked.Count)
        {
            throw new CommandFailure(
                ExitCode.Configuration,
                $"{file} keeps {kept?.Played} worlds from seed {kept?.First} on with '{kept?.Options}'; asked for are "
                + $"{asked.Count} from seed {asked.First} on with '{asked.Options}'. Ask for the same, or name another file.");
        }

        kept.Count = asked.Count;
        return kept;
    }

    public static void Write(FileInfo? file, CampaignRecord record)
    {
        if (file is not null)
        {
            try
            {
                var draft = file.FullName + ".new";
                File.WriteAllText(draft, JsonSerializer.Serialize(record, Format));
                File.Move(draft, file.FullName, overwrite: true);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                throw new CommandFailure(
                    ExitCode.Configuration,
                    $"Expected to write what {record.Played} worlds came to into {file}; found: {failed.Message}");
            }
        }
    }
}
