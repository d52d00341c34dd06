using System.Text;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Server.Storage;

/// <summary>
/// Says in a state folder whose promises it holds. It is written once, when the journal is begun and before the first
/// word: so where it stands, a journal must be. A journal of another replica, or none where there was one, would make
/// this replica break promises that it knows nothing of.
/// </summary>
internal sealed class StateOwner(string folder, Digest cluster, ReplicaId replica)
{
    public const string JournalFolder = "journal";

    private const string FileName = "owner";

    private readonly string _path = Path.Combine(folder, FileName);
    private readonly string _text = $"holdfast state 1\ncluster {cluster.ToHex()}\n{replica}\n";

    /// <exception cref="ConfigurationException">The folder is another replica's.</exception>
    /// <exception cref="JournalDamagedException">The journal that was begun here is gone.</exception>
    public void Check(bool hasJournal)
    {
        if (!File.Exists(_path))
        {
            return;
        }

        var found = File.ReadAllText(_path);
        if (found != _text)
        {
            throw new ConfigurationException(
                $"Expected in {folder} the state of {replica} of cluster {cluster.ToHex()[..16]}, found in "
                + $"{_path} '{OneLine(found)}'; restore this replica's own folder, and never start it with the state of "
                + "another.");
        }

        if (!hasJournal)
        {
            throw new JournalDamagedException(
                Path.Combine(folder, JournalFolder), 0, "the folder is empty, but a journal was begun in it");
        }
    }

    /// <summary>The journal is begun, and nothing has been promised yet or all that was is known.</summary>
    public void Mark()
    {
        if (File.Exists(_path))
        {
            return;
        }

        var draft = _path + ".new";
        using (var file = new FileStream(draft, OwnerOnly.File(FileMode.Create, FileShare.Read)))
        {
            file.Write(Encoding.UTF8.GetBytes(_text));
            DiskFlush.File(file.SafeFileHandle, draft);
        }

        File.Move(draft, _path);
        DiskFlush.Folder(folder);
    }

    private static string OneLine(string text) => string.Join(", ", text[..Math.Min(200, text.Length)].Split(
        '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
