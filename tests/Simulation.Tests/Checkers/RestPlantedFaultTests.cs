using Holdfast.Protocol;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation.Tests.Checkers;

/// <summary>The checkers of a world at rest on trial.</summary>
public sealed class RestPlantedFaultTests
{
    private static readonly ReplicaId First = new(new SiteId(0), 1);

    [Fact]
    public void A_complaint_that_stands_is_found_unless_it_is_withdrawn_or_its_view_is_over()
    {
        var grudge = new NoGrudge();
        grudge.Complained(First, view: 1, told: 5, stands: true);

        AssertFails(nameof(NoGrudge), () => grudge.Conclude([(First, (1, 0), (1, 0))]));

        grudge.Conclude([(First, (2, 0), (2, 0))]);
        grudge.Complained(First, view: 1, told: 6, stands: false);
        grudge.Complained(First, view: 1, told: 5, stands: true);
        grudge.Conclude([(First, (1, 0), (1, 0))]);
    }

    [Fact]
    public void A_site_that_wants_another_view_is_found_until_it_does_not()
    {
        var grudge = new NoGrudge();
        grudge.Heard(First.Site, wantsAnother: true);

        AssertFails(nameof(NoGrudge), () => grudge.Conclude([]));

        grudge.Heard(First.Site, wantsAnother: false);
        grudge.Conclude([]);
    }

    [Fact]
    public void A_view_that_changes_at_rest_is_found()
    {
        var grudge = new NoGrudge();

        AssertFails(nameof(NoGrudge), () => grudge.Conclude([(First, (1, 0), (2, 0))]));
        AssertFails(nameof(NoGrudge), () => grudge.Conclude([(First, (1, 0), (1, 1))]));
    }

    [Fact]
    public void Sites_that_go_on_talking_at_rest_are_found()
    {
        QuietAtLast.Conclude([((0, 1), QuietAtLast.FramesPerSecond * 10)], seconds: 10);

        AssertFails(
            nameof(QuietAtLast),
            () => QuietAtLast.Conclude([((0, 1), (QuietAtLast.FramesPerSecond * 10) + 1)], seconds: 10));
    }

    private static void AssertFails(string checker, Action deed) =>
        Assert.Equal(checker, Assert.Throws<CheckFailedException>(deed).Invariant);
}
