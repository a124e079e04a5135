using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventMeet.Contracts;

namespace EventMeet.FunctionsHost;

/// <summary>Invokes a function that is not HTTP-only: an envelope goes in, an envelope must come out.</summary>
internal sealed class Invocation(
    HandlerProcess handler,
    IHttpClientFactory clients,
    IdSource ids,
    ILogger<Invocation> logger
)
{
    /// <summary>Invokes a function.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="data">The trigger's value under its binding's name.</param>
    /// <param name="metadata">What the trigger tells besides.</param>
    /// <param name="cancellationToken">The host stops.</param>
    /// <returns>True when the function succeeded: a 2xx with a JSON object.</returns>
    public async Task<bool> InvokeAsync(
        string function,
        JsonObject data,
        JsonObject metadata,
        CancellationToken cancellationToken
    )
    {
        var address = await handler.WhenReadyAsync(cancellationToken);
        using var client = clients.CreateClient(HandlerProcess.ClientName);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, function));
        request.Headers.Add("X-Azure-Functions-InvocationId", ids.NewText(""));
        request.Headers.Add("X-Azure-Functions-HostVersion", HostVersion.Text);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Azure-Functions-Host", HostVersion.Text));
        var envelope = new JsonObject { ["Data"] = data, ["Metadata"] = metadata };
        request.Content = new StringContent(envelope.ToJsonString());
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.IsSuccessStatusCode && IsObject(body))
            {
                return true;
            }

            logger.InvocationFailed(function, $"it answered {(int)response.StatusCode}");
        }
        catch (HttpRequestException failure)
        {
            logger.InvocationFailed(function, failure.Message);
        }

        return false;
    }

    private static bool IsObject(string body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>The version of Azure's host whose protocol this host speaks.</summary>
internal static class HostVersion
{
    public const string Text = "4.1037.0";
}
