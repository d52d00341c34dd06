namespace Holdfast.Protocol.Tests;

/// <summary>Who of a site answers a client unasked.</summary>
public sealed class RepliersTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void One_more_than_the_faults_answer_at_once_whoever_asks(int faults)
    {
        var size = new SiteSize(faults);
        for (var number = 0UL; number < 50; number++)
        {
            foreach (var asked in new[] { number, ulong.MaxValue - number })
            {
                var client = Digest.Of([(byte)number]).ToBytes();
                Assert.Equal(size.OneCorrect, Chosen(client, asked, size).Count());
            }
        }
    }

    [Fact]
    public void The_turn_goes_round_with_the_number()
    {
        var size = new SiteSize(1);
        var client = new Bytes(new byte[32]);

        Assert.Equal([0, 1], Chosen(client, 4, size));
        Assert.Equal([1, 2], Chosen(client, 5, size));
        Assert.Equal([0, 3], Chosen(client, 7, size));
    }

    private static IEnumerable<int> Chosen(Bytes client, ulong number, SiteSize size) =>
        Enumerable.Range(0, size.Replicas).Where(replica => Repliers.AnswersAtOnce(client, number, replica, size));
}
