using System.Runtime.CompilerServices;

// All imports take bytes and numbers only, so the runtime has nothing to convert.
[assembly: DisableRuntimeMarshalling]
