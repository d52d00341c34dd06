using Holdfast.Protocol;

namespace Holdfast.Client;

/// <summary>The update numbers of one open session: each is given out once, and the floor ('done up to') follows behind
/// what the application has its outcome of.</summary>
internal sealed class SessionNumbers(GlobalPosition session)
{
    private readonly SortedSet<ulong> _doneAbove = [];

    /// <summary>Where the session was opened: its name.</summary>
    public GlobalPosition Session => session;

    /// <summary>The system says that it is over.</summary>
    public bool IsOver { get; set; }

    public ulong Next { get; private set; } = 1;

    /// <summary>No reply is needed any more for numbers up to this one, and none of them may run any more.</summary>
    public ulong DoneUpTo { get; private set; }

    /// <summary>How many numbers the site's window has room for.</summary>
    public int Room => (int)(DoneUpTo + SessionLimits.Window + 1 - Next);

    /// <summary>Gives out so many consecutive numbers and returns the first.</summary>
    public ulong Take(int count)
    {
        var first = Next;
        Next += (ulong)count;
        return first;
    }

    public void Done(ulong number)
    {
        if (number > DoneUpTo)
        {
            _doneAbove.Add(number);
        }

        while (_doneAbove.Remove(DoneUpTo + 1))
        {
            DoneUpTo++;
        }
    }
}
