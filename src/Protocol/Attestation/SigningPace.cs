namespace Holdfast.Protocol;

/// <summary>How long a signature usually takes here, and so when somebody else combines, when peers are asked, and when
/// the site is asked to try again. Local clock, volatile.</summary>
public sealed class SigningPace
{
    private static readonly TimeSpan AtLeast = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CredibleAtLeast = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryAtLeast = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RepeatAtMost = TimeSpan.FromSeconds(10);

    // From the assignment to the signature; a running mean.
    private TimeSpan _mean = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a signature usually takes, with what a busy moment may add: others combine after this.</summary>
    public TimeSpan Usual => _mean > AtLeast ? _mean : AtLeast;

    /// <summary>Peers are asked after this.</summary>
    public TimeSpan AskAfter => 2 * Usual;

    /// <summary>The site is asked to try again after this: three times the usual.</summary>
    public TimeSpan RetryAfter => 3 * _mean > RetryAtLeast ? 3 * _mean : RetryAtLeast;

    /// <summary>Between repetitions, doubling.</summary>
    public TimeSpan Patience(int repeats)
    {
        var patience = RetryAfter * (1 << Math.Min(repeats, 8));
        return patience < RepeatAtMost ? patience : RepeatAtMost;
    }

    /// <param name="taken">How long the signature took.</param>
    /// <param name="first">When the first share of another replica came. In every group is a correct one, so liars can
    /// bring this forward but not put it off: they cannot make a site get used to their slowness.</param>
    public void OnSigned(TimeSpan taken, TimeSpan first)
    {
        var credible = (4 * first) + CredibleAtLeast;
        taken = taken < credible ? taken : credible;
        _mean = ((7 * _mean) + (taken < AtMost ? taken : AtMost)) / 8;
    }
}
