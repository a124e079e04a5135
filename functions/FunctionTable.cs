using EventMeet.Functions.Hosting;

namespace EventMeet.Functions;

/// <summary>
/// Every function of the app, area by area. The routes served here and the function.json files that the Functions host
/// reads are both made from this table.
/// </summary>
internal static class FunctionTable
{
    public static readonly IReadOnlyList<FunctionDefinition> All = [];
}
