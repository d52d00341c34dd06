using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Hosting;

namespace Holdfast.Server.Tests.Hosting;

/// <summary>Which systems this program runs, and what it says of those that it does not.</summary>
public sealed class ApplicationsTests
{
    private static readonly KeyValueStore Store = new();
    private static readonly Genesis Known = new(
        new(new byte[Genesis.RandomBytes]), [], [], [], Store.Name, Store.Version);

    [Fact]
    public void The_key_value_store_is_found() => Assert.IsType<KeyValueStore>(Applications.Find(Known));

    [Fact]
    public void Another_application_or_another_version_of_it_is_refused()
    {
        Assert.Equal(
            "Expected a system of the application 'holdfast key-value' version 2, found 'bank' version 2; "
            + "use the holdfast that made this system.",
            Refusal(Known with { Application = "bank" }));
        Assert.Equal(
            "Expected a system of the application 'holdfast key-value' version 2, found 'holdfast key-value' version 3; "
            + "use the holdfast that made this system.",
            Refusal(Known with { ApplicationVersion = 3 }));
    }

    [Fact]
    public void Another_version_of_the_site_machine_is_refused()
    {
        Assert.Equal(
            $"Expected a system whose sites run the machine of version {SiteMachine.Version}, found version 77; "
            + "use the holdfast that made this system.",
            Refusal(Known with { MachineVersion = 77 }));
    }

    private static string Refusal(Genesis genesis) =>
        Assert.Throws<ConfigurationException>(() => Applications.Find(genesis)).Message;
}
