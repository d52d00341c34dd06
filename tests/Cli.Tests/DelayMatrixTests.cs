using Holdfast.Cli.Demo;

namespace Holdfast.Cli.Tests;

public sealed class DelayMatrixTests
{
    [Fact]
    public void One_number_is_for_all_pairs_and_none_inside_a_site()
    {
        var matrix = DelayMatrix.Read("12.5", sites: 3);

        Assert.Equal([TimeSpan.FromMilliseconds(12.5), TimeSpan.Zero, TimeSpan.FromMilliseconds(12.5)], matrix.From(1));
    }

    [Fact]
    public void A_file_has_a_row_for_each_site()
    {
        using var folder = new Folder();
        File.WriteAllText(folder["matrix"], "# Frankfurt, Oregon\n0 70\n75, 0\n");

        var matrix = DelayMatrix.Read(folder["matrix"], sites: 2);

        Assert.Equal(TimeSpan.FromMilliseconds(70), matrix.From(0)[1]);
        Assert.Equal(TimeSpan.FromMilliseconds(75), matrix.From(1)[0]);
    }

    [Fact]
    public void Ten_replicas_stand_four_three_and_three_at_three_places()
    {
        var places = DelayMatrix.Read("25", sites: 3);

        var among = places.Among(10);

        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], Enumerable.Range(0, 10).Select(member => places.PlaceOf(member, 10)));
        Assert.Equal(TimeSpan.Zero, among.From(0)[3]);
        Assert.Equal(TimeSpan.FromMilliseconds(25), among.From(0)[4]);
        Assert.Equal(TimeSpan.Zero, among.From(9)[7]);
    }

    [Fact]
    public void Regions_are_as_far_from_each_other_in_both_directions()
    {
        var regions = DelayMatrix.Read(DelayMatrix.Regions, sites: 5);

        for (var from = 0; from < 5; from++)
        {
            Assert.Equal(TimeSpan.Zero, regions.From(from)[from]);
            for (var to = 0; to < 5; to++)
            {
                Assert.Equal(regions.From(from)[to], regions.From(to)[from]);
                Assert.InRange(regions.From(from)[to].TotalMilliseconds, from == to ? 0 : 9, 119);
            }
        }

        Assert.Equal(regions.From(0)[2], DelayMatrix.Read(DelayMatrix.Regions, sites: 3).From(0)[2]);
        Assert.Equal(TimeSpan.FromMilliseconds(9.78), regions.Least);
    }

    [Fact]
    public void There_are_no_more_than_five_regions() => Assert.Equal(
        ExitCode.Usage,
        Assert.Throws<CommandFailure>(() => DelayMatrix.Read(DelayMatrix.Regions, sites: 6)).ExitCode);

    [Theory]
    [InlineData("0 70\n")]
    [InlineData("0 70\n75 0 1\n")]
    [InlineData("0 far\n75 0\n")]
    [InlineData("0 -1\n75 0\n")]
    public void A_file_of_another_form_is_refused(string text)
    {
        using var folder = new Folder();
        File.WriteAllText(folder["matrix"], text);

        var refused = Assert.Throws<CommandFailure>(() => DelayMatrix.Read(folder["matrix"], sites: 2));

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("10001")]
    [InlineData("fast")]
    public void What_is_neither_number_nor_file_is_refused(string text) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CommandFailure>(() => DelayMatrix.Read(text, sites: 2)).ExitCode);
}
