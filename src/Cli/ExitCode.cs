namespace Holdfast.Cli;

/// <summary>How a command ended, for scripts. A retired number is never given out again.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>A bug of holdfast.</summary>
    public const int Unexpected = 1;

    /// <summary>The command line is not understood.</summary>
    public const int Usage = 2;

    /// <summary>The machine lacks something: the SDK, libsodium, a sound one.</summary>
    public const int Environment = 3;

    /// <summary>A file, key, folder, port or setting does not fit.</summary>
    public const int Configuration = 4;

    /// <summary>No answer that may be believed in time. What was sent may still be done.</summary>
    public const int NoAnswer = 5;

    /// <summary>The system refused the operation: it was not done.</summary>
    public const int Refused = 6;

    /// <summary>The key is not there, or a transaction's condition did not hold.</summary>
    public const int NotThere = 7;

    /// <summary>A receipt or evidence does not prove what it says.</summary>
    public const int NotProven = 8;

    /// <summary>The replica stopped itself: a broken invariant or a failed disk.</summary>
    public const int ReplicaFailed = 9;

    /// <summary>A check, simulation or bar found something wrong.</summary>
    public const int CheckFailed = 10;

    /// <summary>Ended by Ctrl-C or SIGTERM before it was done.</summary>
    public const int Interrupted = 130;

    public const string Table = """
        Exit codes:
            0  done
            1  unexpected: a bug of holdfast, please report it
            2  the command line is not understood
            3  the machine lacks something (libsodium, the SDK)
            4  a file, key, folder, port or setting does not fit
            5  no answer in time; what was sent may still be done
            6  the system refused the operation; it was not done
            7  the key is not there, or a condition did not hold
            8  a receipt or evidence does not prove what it says
            9  a replica stopped itself (broken invariant, failed disk)
           10  a check or simulation found something wrong
          130  interrupted
        """;
}
