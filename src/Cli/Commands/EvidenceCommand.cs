using System.CommandLine;
using Holdfast.Cli.Demo;
using Holdfast.Cryptography;
using Holdfast.Node.Storage;
using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Cli.Commands;

/// <summary><c>holdfast evidence</c>: who has signed what no correct replica signs; shown, exported, and checked
/// offline.</summary>
internal static class EvidenceCommand
{
    private static readonly Option<string> Home = new("--home")
    {
        Description = "The demo's folder, one that 'holdfast init' made, or one replica's.",
        HelpName = "DIR",
        DefaultValueFactory = _ => DemoFolder.DefaultName,
    };

    private static readonly Option<string?> Export = new("--export")
    {
        Description = "Copy one file for each piece there; 'evidence verify' checks it anywhere.",
        HelpName = "DIR",
    };

    private static readonly Argument<string> File = new("FILE") { Description = "A piece that --export copied." };

    private static readonly Option<string> TopologyFile = new("--topology")
    {
        Description = "The topology of the system: topology.json as 'holdfast init' made it.",
        HelpName = "FILE",
        Required = true,
    };

    public static Command Build()
    {
        var command = new Command(
            "evidence", "Show the proofs against replicas that this machine's replicas have kept. Works offline.")
        {
            Home, Export, BuildVerify(),
        };
        command.SetAction(parsed => Show(
            parsed.GetRequiredValue(Home), parsed.GetValue(Export), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static Command BuildVerify()
    {
        var command = new Command("verify", "Check one piece with the topology alone, and say what it proves.")
        {
            File, TopologyFile,
        };
        command.SetAction(parsed =>
        {
            StartupSelfTest.Run();
            var check = new EvidenceCheck(HomeFiles.ReadTopologyFile(parsed.GetRequiredValue(TopologyFile)));
            var path = parsed.GetRequiredValue(File);
            var file = EvidenceCheck.Read(path) ?? throw new CommandFailure(
                ExitCode.NotProven,
                $"Expected evidence of format {EvidenceFile.Format} in {path}, found another or a part of one; use the "
                + "version that wrote it.");
            var refusal = check.RefusalOf(file);
            if (refusal is not null)
            {
                throw new CommandFailure(ExitCode.NotProven, refusal);
            }

            parsed.InvocationConfiguration.Output.Write(EvidenceCheck.Proves(file));
            return ExitCode.Success;
        });
        return command;
    }

    private static int Show(string home, string? export, TextWriter output)
    {
        StartupSelfTest.Run();
        var (topology, folders) = Find(home);
        var check = new EvidenceCheck(topology);
        var (found, broken) = (0, 0);
        var pieces = folders.SelectMany(PathsIn)
            .Select(path => (Path: path, File: EvidenceCheck.Read(path)))
            .GroupBy(piece => piece.File is null ? piece.Path : EvidenceStore.NameOf(piece.File))
            .OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var group in pieces)
        {
            var (path, file) = group.First();
            var refusal = file is null ? "It is not whole, or of another format." : check.RefusalOf(file);
            if (file is null || refusal is not null)
            {
                broken++;
                output.WriteLine($"{path}: {refusal}");
                continue;
            }

            found++;
            output.Write(EvidenceCheck.Summary(file, group.Select(piece => piece.File!)));
            output.WriteLine($"    file: {path}");
            if (export is not null)
            {
                Directory.CreateDirectory(export);
                System.IO.File.Copy(path, Path.Combine(export, Path.GetFileName(path)), overwrite: true);
            }
        }

        output.WriteLine(found == 0 ? "No evidence against any replica." : $"Pieces of evidence: {found}.");
        return broken == 0
            ? ExitCode.Success
            : throw new CommandFailure(ExitCode.NotProven, $"Files that prove nothing: {broken}, named above.");
    }

    private static IEnumerable<string> PathsIn(string replicaFolder)
    {
        var folder = Path.Combine(replicaFolder, HomeFiles.State, HomeFiles.Evidence);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*" + EvidenceStore.Suffix).Order(StringComparer.Ordinal)
            : [];
    }

    /// <summary>The topology, and the folders of the replicas that are on this machine.</summary>
    private static (Topology Topology, IEnumerable<string> Folders) Find(string home)
    {
        if (System.IO.File.Exists(Path.Combine(home, HomeFiles.ReplicaSettings)))
        {
            return (HomeFiles.ReadTopology(home), [home]);
        }

        var demo = DemoFolder.SystemOf(home);
        var system = System.IO.File.Exists(Path.Combine(demo, HomeFiles.Topology)) ? demo : home;
        var topology = HomeFiles.ReadTopology(system);
        var replicas = topology.Genesis.Sites.SelectMany((site, index) => Enumerable.Range(0, site.Size.Replicas)
            .Select(replica => new ReplicaId(new(index), replica)));
        return (topology, replicas.Select(replica => HomeFiles.ReplicaHome(system, replica)));
    }
}
