using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>The lives of the sites as a log tells them, with entries that are not executed yet. Only what an operator
/// says tells of a life, whoever may put it into the log: else any client could have the words of all sites left
/// out.</summary>
/// <param name="lives">As the executed order tells them.</param>
/// <param name="isOperator">As the executed order tells it. Who is made one by an entry of the log is one behind it;
/// who is removed stays one here, for it is safe to leave out too much.</param>
internal sealed class LivesInLog(IEnumerable<uint> lives, Func<Bytes, bool> isOperator)
{
    private readonly uint[] _lives = [.. lives];
    private readonly SortedDictionary<Bytes, bool> _operators = [];

    public uint this[SiteId site] => _lives[site.Index];

    public static bool MayTell(FilledEntry filled)
    {
        foreach (var update in filled.Updates)
        {
            foreach (var operation in update.Operations)
            {
                if (operation.Kind == OperationKind.Administration)
                {
                    return true;
                }
            }
        }

        return false;
    }

    public void Note(FilledEntry filled)
    {
        foreach (var update in filled.Updates)
        {
            var isAdministration = update.Operations.Any(one => one.Kind == OperationKind.Administration);
            foreach (var operation in isAdministration && IsOperator(update.Client) ? update.Operations : [])
            {
                Note(operation.Kind == OperationKind.Administration ? Administration.Decode(operation.Body) : null);
            }
        }
    }

    // Looked up once for each client, for one may have filled the log.
    private bool IsOperator(Bytes client)
    {
        if (!_operators.TryGetValue(client, out var isOne))
        {
            _operators.Add(client, isOne = isOperator(client));
        }

        return isOne;
    }

    private void Note(Administration? told)
    {
        switch (told)
        {
            case Administration.RejoinSite rejoin
                when rejoin.Site.Index < _lives.Length && rejoin.Life == _lives[rejoin.Site.Index] + 1:
                _lives[rejoin.Site.Index] = rejoin.Life;
                break;
            case Administration.SetClient set when set.Roles.HasFlag(Roles.Operator):
                _operators[set.Client] = true;
                break;
        }
    }
}
