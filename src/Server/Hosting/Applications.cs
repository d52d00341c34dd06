using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Server.Hosting;

/// <summary>The applications that this program can replicate, by the name in the genesis.</summary>
public static class Applications
{
    /// <exception cref="ConfigurationException">This program does not have it in that version, or runs another version of
    /// the site machine.</exception>
    public static IStateMachine Find(Genesis genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        var store = new KeyValueStore();
        if (store.Name != genesis.Application || store.Version != genesis.ApplicationVersion)
        {
            throw new ConfigurationException(
                $"Expected a system of the application '{store.Name}' version {store.Version}, found "
                + $"'{genesis.Application}' version {genesis.ApplicationVersion}; use the holdfast that made this system.");
        }

        return genesis.MachineVersion == SiteMachine.Version
            ? store
            : throw new ConfigurationException(
                $"Expected a system whose sites run the machine of version {SiteMachine.Version}, found version "
                + $"{genesis.MachineVersion}; use the holdfast that made this system.");
    }
}
