namespace Holdfast.Protocol;

/// <summary>How many sites a system has, and how many of them decide.</summary>
public readonly record struct WideAreaSize(int Sites)
{
    /// <summary>Any two majorities share a site.</summary>
    public int Majority => (Sites / 2) + 1;
}
