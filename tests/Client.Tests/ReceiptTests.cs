using System.Diagnostics;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client.Tests;

/// <summary>Receipts: one replica's answer that anyone can check later, offline, with one public key.</summary>
public sealed class ReceiptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-receipt-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_receipt_is_saved_and_proves_offline_what_was()
    {
        await using var replicas = new RealReplicas(faults: 1);
        var (file, outcome) = await PutAsync(replicas);
        var path = Path.Combine(_folder, "put.receipt");
        file.Save(path);

        var loaded = ReceiptFile.Load(path);

        var finding = loaded.Verify(replicas.SitePem);
        Assert.True(finding.IsProven, finding.Text);
        Assert.Contains($"Committed at {outcome.Position}", finding.Text, StringComparison.Ordinal);
        Assert.Contains(replicas.Topology.Genesis.Cluster.ToHex(), finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_is_changed_in_a_receipt_it_proves_nothing_any_more()
    {
        await using var replicas = new RealReplicas(faults: 1);
        var (file, _) = await PutAsync(replicas);
        var bytes = file.Encode().ToArray();
        for (var index = 0; index < bytes.Length; index++)
        {
            bytes[index] ^= 1;
            Assert.False(ReceiptFile.Decode(bytes)?.Verify(replicas.SitePem).IsProven ?? false, $"byte {index}");
            bytes[index] ^= 1;
        }

        var other = Cryptography.PublicKeyPem.Encode(replicas.Key.PublicKey.Span);
        Assert.False(file.Verify(other).IsProven);
        Assert.False(file.Verify("no key").IsProven);
    }

    [Fact]
    public async Task Another_tool_agrees_about_the_signature()
    {
        await using var replicas = new RealReplicas(faults: 1);
        var (file, _) = await PutAsync(replicas);
        file.Export(_folder);
        await File.WriteAllTextAsync(Path.Combine(_folder, "site-0.pem"), replicas.SitePem, Cancel);

        Assert.Equal(0, await OpenSslAsync());

        var statement = Path.Combine(_folder, ReceiptFile.StatementName);
        var bytes = await File.ReadAllBytesAsync(statement, Cancel);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(statement, bytes, Cancel);
        Assert.Equal(1, await OpenSslAsync());
    }

    [Fact]
    public void A_receipt_under_another_key_or_of_another_request_is_refused_by_name()
    {
        var stage = new Stage().Open().Update("a", receipt: true);
        var reply = stage.ReplyTo(stage.Requests[0], Stage.Committed(2, new(new(20), 0)));
        var good = Prove(stage, reply, "site 0");

        stage.Receive(3, new ReceiptAnswer(Prove(stage, reply, "site 1")));
        Assert.Equal([Rejection.BadSignature], stage.Rejections);
        stage.Receive(3, new ReceiptAnswer(good with { Index = 0 }));
        Assert.Equal([Rejection.BadProof], stage.Rejections);
        stage.Receive(3, new ReceiptAnswer(Prove(stage, reply with { Request = default }, "site 0")));
        Assert.Equal([Rejection.AlreadyAnswered], stage.Rejections);

        stage.Receive(3, new ReceiptAnswer(good));

        Assert.Equal(good, Assert.Single(stage.Outcomes).Receipt);
    }

    [Fact]
    public void A_receipt_that_nobody_wants_is_refused_before_anyone_looks_at_its_proof()
    {
        var keys = new CountingKeys();
        var stage = new Stage(change: settings => settings with { Verifier = keys }).Open().Update("a");
        stage.Receive(3, Proof(stage.Requests[0], number: 2));
        Assert.Equal([Rejection.AlreadyAnswered], stage.Rejections);

        var good = Proof(stage.Update("b", receipt: true).Requests[0], number: 3);
        Assert.Single(stage.Receive(3, good).Outcomes);
        stage.Receive(3, good);

        Assert.Equal([Rejection.AlreadyAnswered], stage.Rejections);
        Assert.Equal(1, keys.Verified);

        ReceiptAnswer Proof(ClientRequest request, ulong number) =>
            new(Prove(stage, stage.ReplyTo(request, Stage.Committed(number, new(new(20), 0))), "site 0"));
    }

    [Fact]
    public void Replies_alone_do_not_end_what_wants_a_receipt_before_its_deadline()
    {
        var stage = new Stage().Open().Update("a", receipt: true, deadlineMilliseconds: 300);
        var request = stage.Requests[0];
        var committed = Stage.Committed(2, new(new(20), 0));
        stage.Reply(0, request, committed).Reply(1, request, committed);
        Assert.Empty(stage.Outcomes);

        stage.Pass(300);

        var outcome = Assert.Single(stage.Outcomes);
        Assert.Equal(Outcome.Committed, outcome.Outcome);
        Assert.Null(outcome.Receipt);
    }

    private static Receipt Prove(Stage stage, ClientReply reply, string key)
    {
        var tree = new MerkleTree([Bytes.FromText("another leaf"), reply.Leaf()]);
        var statement = new SiteStatement(new(0), 1, 1, new(7), 2, tree.Root);
        var signature = IdealKeys.Sign(IdealKeys.Key(key), statement.SigningBytes(stage.Genesis.Cluster));
        return new Receipt(reply, statement, signature, 1, tree.Path(1));
    }

    private static async Task<(ReceiptFile File, ClientOutcome Outcome)> PutAsync(RealReplicas replicas)
    {
        await using var client = HoldfastClient.Connect(replicas.Settings);
        var put = await new KeyValueClient(client).PutAsync(
            Bytes.FromText("k"),
            Bytes.FromText("v"),
            options: new UpdateOptions { ReceiptWanted = true },
            cancel: Cancel);
        return (new ReceiptFile(replicas.Topology.Genesis.Cluster, put.Outcome.Receipt!), put.Outcome);
    }

    private async Task<int> OpenSslAsync()
    {
        string[] arguments =
        [
            "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "site-0.pem",
            "-in", ReceiptFile.StatementName, "-sigfile", ReceiptFile.SignatureName,
        ];
        using var openssl = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await openssl.WaitForExitAsync(Cancel);
        return openssl.ExitCode;
    }

    private sealed class CountingKeys : IVerifier
    {
        private readonly IdealKeys _keys = new();

        public int Verified { get; private set; }

        public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            Verified++;
            return _keys.Verify(publicKey, message, signature);
        }
    }
}
