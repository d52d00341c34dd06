namespace Holdfast.Simulation.Checkers;

/// <summary>When nobody asks for anything, correct sites say to each other that they are there, and acknowledge that,
/// and no more.</summary>
public static class QuietAtLast
{
    /// <summary>Frames in a second from one site to another. The leading site is heard four times in a time-out, and
    /// each of that is answered once.</summary>
    public const int FramesPerSecond = 8;

    public static void Conclude(IEnumerable<((int From, int To) Link, long Frames)> said, int seconds)
    {
        ArgumentNullException.ThrowIfNull(said);
        foreach (var (link, frames) in said)
        {
            if (frames > FramesPerSecond * seconds)
            {
                throw new CheckFailedException(
                    nameof(QuietAtLast),
                    $"site {link.From} said {frames} things to site {link.To} in {seconds} s in which nobody asked");
            }
        }
    }
}
