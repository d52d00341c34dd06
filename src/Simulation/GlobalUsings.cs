global using Holdfast.Protocol;
