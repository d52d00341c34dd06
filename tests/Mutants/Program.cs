using System.Globalization;
using Holdfast.Mutants;

// For scripts/find-mutants: tries seeds from SEED on, for each mutant so many seconds; 'all' is all without a recorded
// seed, and 'recorded' all that have one: those are searched anew from there, with their own options.
if (args is not [var names, var seconds, var first, .. var options])
{
    Console.Error.WriteLine("Expected: all|recorded|NAME,NAME SECONDS SEED [OPTIONS OF A WORLD]");
    return 2;
}

var planted = MutantTable.Read(Checkout.Planted);
var begin = new Finding(ulong.Parse(first, CultureInfo.InvariantCulture), string.Join(' ', options), "");
var wanted = names switch
{
    "all" => planted.Where(mutant => mutant.Finding is null).Select(mutant => (mutant, begin)),
    "recorded" => planted.Where(mutant => mutant.Finding is not null).Select(mutant => (mutant, mutant.Finding!)),
    _ => names.Split(',').Select(name => (planted.Single(mutant => mutant.Name == name), begin)),
};
new Search(planted, TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture))).Run(wanted);
return 0;
