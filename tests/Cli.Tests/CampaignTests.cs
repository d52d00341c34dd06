using System.Text.Json;

namespace Holdfast.Cli.Tests;

/// <summary>Many seeds, kept in a file: a second start goes on, and comes to what one start would have.</summary>
public sealed class CampaignTests
{
    private static readonly string[] Small = ["--sites", "1", "--faults", "0", "--seconds", "1"];

    [Fact]
    public async Task A_second_start_goes_on_where_the_first_stopped_and_comes_to_the_same()
    {
        using var folder = new Folder();
        var (inTwo, atOnce) = (folder["in-two"], folder["at-once"]);
        await PlayAsync("--seeds", "4", "--keep", inTwo);

        var second = await PlayAsync("--seeds", "7", "--keep", inTwo);

        Assert.Equal(ExitCode.Success, second.ExitCode);
        Assert.Contains("Going on after 4 worlds", second.Output);
        await PlayAsync("--seeds", "7", "--keep", atOnce);
        Assert.Equal(Kept(atOnce), Kept(inTwo));
        Assert.Contains("\"Played\": 7", File.ReadAllText(inTwo));
    }

    [Fact]
    public async Task What_was_kept_of_another_campaign_is_refused_and_left_as_it_is()
    {
        using var folder = new Folder();
        await PlayAsync("--seeds", "2", "--keep", folder["kept"]);
        var before = File.ReadAllText(folder["kept"]);

        var told = await PlayAsync("--seeds", "2", "--seed", "9", "--keep", folder["kept"]);

        Assert.Equal(ExitCode.Configuration, told.ExitCode);
        Assert.Contains("from seed 1 on", told.Error);
        Assert.Equal(before, File.ReadAllText(folder["kept"]));
    }

    [Fact]
    public async Task A_file_that_is_something_else_is_refused()
    {
        using var folder = new Folder();
        File.WriteAllText(folder["letter"], "Dear Sir,");

        var told = await PlayAsync("--seeds", "2", "--keep", folder["letter"]);

        Assert.Equal(ExitCode.Configuration, told.ExitCode);
        Assert.StartsWith("Expected what an earlier 'simulate --keep' wrote", told.Error);
    }

    [Fact]
    public async Task A_file_for_one_world_is_refused()
    {
        using var folder = new Folder();

        var told = await PlayAsync("--keep", folder["kept"]);

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.StartsWith("Expected --seeds K beside --keep", told.Error);
        Assert.False(File.Exists(folder["kept"]));
    }

    private static Task<Told> PlayAsync(params string[] options) => Told.ByAsync(["simulate", .. Small, .. options]);

    /// <summary>All but the time that it took.</summary>
    private static string Kept(string file)
    {
        var record = JsonSerializer.Deserialize<SortedDictionary<string, JsonElement>>(File.ReadAllText(file))!;
        Assert.True(record.Remove("Seconds"));
        return JsonSerializer.Serialize(record);
    }
}
