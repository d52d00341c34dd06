using Holdfast.Protocol;
using Holdfast.Server.Configuration;

namespace Holdfast.Server.Hosting;

/// <summary>The applications that this program can replicate, by the name in the genesis.</summary>
public static class Applications
{
    /// <exception cref="ConfigurationException">This program does not have it in that version.</exception>
    public static IStateMachine Find(Genesis genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        var store = new KeyValueStore();
        return store.Name == genesis.Machine && store.Version == genesis.MachineVersion
            ? store
            : throw new ConfigurationException(
                $"Expected a system of the application '{store.Name}' version {store.Version}, found "
                + $"'{genesis.Machine}' version {genesis.MachineVersion}; use the holdfast that made this system.");
    }
}
