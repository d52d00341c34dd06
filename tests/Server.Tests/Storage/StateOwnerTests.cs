using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;
using Holdfast.Server.Storage;

namespace Holdfast.Server.Tests.Storage;

/// <summary>Whose promises a state folder holds.</summary>
public sealed class StateOwnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_that_was_never_used_is_anybodys()
    {
        Owner(index: 1).Check(hasJournal: false);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void The_state_of_another_replica_or_cluster_is_refused(byte cluster, int index)
    {
        Owner(index: 1).Mark();
        Owner(index: 1).Check(hasJournal: true);

        var refusal = Assert.Throws<ConfigurationException>(() => Owner(cluster, index).Check(hasJournal: true));

        Assert.Contains(", replica 0.1'", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A replica that forgets its promises would break them.</summary>
    [Fact]
    public void A_journal_that_was_begun_and_is_gone_is_refused()
    {
        Owner(index: 1).Mark();

        Assert.Throws<JournalDamagedException>(() => Owner(index: 1).Check(hasJournal: false));
    }

    [Fact]
    public void It_is_for_its_owner_alone()
    {
        Owner(index: 1).Mark();

        Assert.All(Directory.GetFiles(_folder.Path), file => Assert.Equal("600", TemporaryFolder.ModeOf(file)));
    }

    private StateOwner Owner(byte cluster = 1, int index = 1) =>
        new(_folder.Path, new Digest(Enumerable.Repeat(cluster, 32).ToArray()), new(new(0), index));
}
