using System.Text.Json;
using EventMeet.Sfu.Net;

namespace EventMeet.Workers.Tests.Net;

/// <summary>What Azure's metadata service says, and what it might say one day.</summary>
public sealed class AzureMetadataTests
{
    [Theory]
    [InlineData(
        """{"interface":[{"ipv4":{"ipAddress":[{"privateIpAddress":"10.0.0.4","publicIpAddress":"203.0.113.9"}]}}]}""",
        "203.0.113.9"
    )]
    [InlineData(
        """{"interface":[{"ipv4":{"ipAddress":[{"publicIpAddress":"203.0.113.9"},{"publicIpAddress":"203.0.113.10"}]}}]}""",
        "203.0.113.9 203.0.113.10"
    )]
    [InlineData(
        """{"interface":[{"ipv4":{"ipAddress":[{"publicIpAddress":""},{"publicIpAddress":5},{"publicIpAddress":null},7]}},{"ipv6":{}},{"ipv4":3}]}""",
        ""
    )]
    [InlineData("""{"interface":{}}""", "")]
    [InlineData("[]", "")]
    [InlineData("null", "")]
    public void Public_addresses_are_found_and_other_shapes_skipped(string json, string expected)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Equal(expected, string.Join(' ', AzureMetadata.Read(document.RootElement)));
    }
}
