using System.Security.Cryptography;
using System.Text;

namespace EventMeet.Functions.Hosting;

/// <summary>A resource's strong ETag, made from its row's: short, and saying nothing about storage.</summary>
internal static class ResourceTag
{
    public static string Of(string rowTag) =>
        $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rowTag)).AsSpan(0, 10))}\"";
}
