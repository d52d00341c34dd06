namespace Holdfast.Cryptography.Tests;

public sealed class StartupSelfTestTests
{
    [Fact]
    public void The_library_on_this_machine_passes() => StartupSelfTest.Run();

    [Fact]
    public void A_failure_says_what_was_expected_found_and_to_do()
    {
        var failure = Assert.Throws<StartupSelfTestException>(
            () => StartupSelfTest.Require(false, "a point to be refused", "it was taken"));

        Assert.Contains(
            "Expected a point to be refused; found: it was taken", failure.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_library_is_one_clear_exception()
    {
        var failure = Assert.Throws<LibsodiumMissingException>(
            () => SodiumLibrary.Load(["libsodium.so.7777", "libsodium.so.8888"]));

        Assert.Contains("libsodium.so.7777, libsodium.so.8888", failure.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install libsodium23", failure.Message, StringComparison.Ordinal);
    }
}
