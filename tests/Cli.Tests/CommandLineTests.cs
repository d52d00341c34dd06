namespace Holdfast.Cli.Tests;

/// <summary>What a user meets before any replica runs: help, sentences, exit codes.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task Without_a_command_it_says_what_there_is()
    {
        var told = await Told.ByAsync();

        Assert.Equal(ExitCode.Success, told.ExitCode);
        Assert.Contains("holdfast demo", told.Output);
        Assert.Contains("Exit codes:", told.Output);
    }

    [Fact]
    public async Task An_unknown_command_is_a_usage_error_and_no_trace()
    {
        var told = await Told.ByAsync("bogus");

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains("'bogus'", told.Error);
        Assert.DoesNotContain("   at ", told.Error);
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("attack")]
    [InlineData("bench")]
    [InlineData("put")]
    [InlineData("get")]
    [InlineData("del")]
    [InlineData("range")]
    [InlineData("txn")]
    [InlineData("status")]
    [InlineData("client")]
    [InlineData("verify")]
    [InlineData("simulate")]
    [InlineData("init")]
    [InlineData("replica")]
    public async Task Every_command_explains_itself(string command)
    {
        var told = await Told.ByAsync(command, "--help");

        Assert.Equal(ExitCode.Success, told.ExitCode);
        Assert.Contains("Description:", told.Output);
        Assert.DoesNotContain("--demo-", told.Output);
    }

    /// <summary>The table in the help and the constants are one promise.</summary>
    [Fact]
    public void Every_exit_code_is_in_the_table()
    {
        var codes = typeof(ExitCode).GetFields()
            .Where(field => field.FieldType == typeof(int))
            .Select(field => (int)field.GetRawConstantValue()!)
            .ToList();

        Assert.True(codes.Count > 5);
        Assert.All(codes, code => Assert.Matches($@"(?m)^ +{code}  ", ExitCode.Table));
    }

    [Theory]
    [InlineData("--sites", "0", ExitCode.Usage)]
    [InlineData("--sites", "16", ExitCode.Usage)]
    [InlineData("--faults", "1,1", ExitCode.Usage)]
    [InlineData("--faults", "many", ExitCode.Usage)]
    [InlineData("--faults", "6", ExitCode.Configuration)]
    [InlineData("--port", "0", ExitCode.Configuration)]
    public async Task Init_refuses_a_plan_that_cannot_be(string option, string value, int expected)
    {
        using var folder = new Folder();

        var told = await Told.ByAsync("init", "--out", folder["system"], option, value);

        Assert.Equal(expected, told.ExitCode);
        Assert.StartsWith("Expected ", told.Error);
        Assert.False(Directory.Exists(folder["system"]));
    }

    [Fact]
    public async Task Init_overwrites_nothing()
    {
        using var folder = new Folder();
        Assert.Equal(ExitCode.Success, (await Told.ByAsync("init", "--out", folder["system"])).ExitCode);

        var again = await Told.ByAsync("init", "--out", folder["system"]);

        Assert.Equal(ExitCode.Configuration, again.ExitCode);
        Assert.Contains("--out", again.Error);
    }

    [Fact]
    public async Task Init_says_that_a_single_share_is_the_whole_key()
    {
        using var folder = new Folder();

        var with = await Told.ByAsync("init", "--out", folder["a"], "--faults", "1,0,1");
        var without = await Told.ByAsync("init", "--out", folder["b"]);

        Assert.Contains("whole key", with.Output);
        Assert.DoesNotContain("whole key", without.Output);
    }

    [Fact]
    public async Task A_command_without_a_system_says_how_to_get_one()
    {
        using var folder = new Folder();

        var told = await Told.ByAsync("get", "key", "--home", folder["nothing"]);

        Assert.Equal(ExitCode.Configuration, told.ExitCode);
        Assert.Contains("holdfast demo", told.Error);
    }

    [Fact]
    public async Task A_system_that_does_not_run_is_said_not_to_answer()
    {
        using var folder = new Folder();
        await Told.ByAsync("init", "--out", folder["system"], "--port", $"{Ports.Free()}");

        var told = await Told.ByAsync("put", "key", "value", "--home", folder["system"], "--timeout", "0.3");

        Assert.Equal(ExitCode.NoAnswer, told.ExitCode);
        Assert.Contains("nothing was sent", told.Error);
    }

    [Fact]
    public async Task A_site_that_is_not_there_is_a_usage_error()
    {
        using var folder = new Folder();
        await Told.ByAsync("init", "--out", folder["system"]);

        var told = await Told.ByAsync("get", "key", "--home", folder["system"], "--site", "3");

        Assert.Equal(ExitCode.Usage, told.ExitCode);
        Assert.Contains("0 to 2", told.Error);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("garbage")]
    public async Task Verify_refuses_what_is_no_receipt(string name)
    {
        using var folder = new Folder();
        await Told.ByAsync("init", "--out", folder["system"]);
        await File.WriteAllTextAsync(folder["garbage"], "not a receipt", TestContext.Current.CancellationToken);

        var told = await Told.ByAsync("verify", folder[name], "--site-key", folder["system/site-0.pem"]);

        Assert.Equal(name == "missing" ? ExitCode.Configuration : ExitCode.NotProven, told.ExitCode);
        Assert.StartsWith("Expected ", told.Error);
    }
}
