using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace EventMeet.Functions.Hosting;

/// <summary>Which part of a list is wanted.</summary>
/// <param name="Limit">1 to 100.</param>
/// <param name="After">The last row of the page before; null for the first page.</param>
internal readonly record struct Page(int Limit, string? After)
{
    public const int MostRows = 100;
    private const int DefaultRows = 20;
    private const int MostCursorCharacters = 256;

    /// <summary>Reads ?limit= and ?cursor=, and refuses every other parameter.</summary>
    /// <param name="request">The request.</param>
    /// <param name="page">Which part is wanted.</param>
    /// <param name="other">A parameter that the caller reads itself.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(HttpRequest request, out Page page, string? other = null)
    {
        List<FieldError> errors = [];
        var limit = DefaultRows;
        string? after = null;
        foreach (var (name, values) in request.Query)
        {
            var text = values.ToString();
            switch (name)
            {
                case "limit":
                    var valid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit);
                    if (!valid || limit is < 1 or > MostRows)
                    {
                        errors.Add(new FieldError(name, $"must be a whole number, 1 to {MostRows}"));
                    }

                    break;
                case "cursor":
                    after = Open(text);
                    if (after is null)
                    {
                        errors.Add(new FieldError(name, "must be the nextCursor of the page before"));
                    }

                    break;
                case var _ when string.Equals(name, other, StringComparison.Ordinal):
                    break;
                default:
                    errors.Add(new FieldError(name, "is not a parameter of this request"));
                    break;
            }
        }

        page = new Page(limit, after);
        return errors.Count == 0 ? null : new Problem(Refusal.InvalidQuery) { Errors = errors };
    }

    /// <summary>Makes the cursor for what comes after a row.</summary>
    public static string CursorAfter(string row) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(row));

    private static string? Open(string cursor)
    {
        if (cursor.Length is 0 or > MostCursorCharacters || !Base64Url.IsValid(cursor))
        {
            return null;
        }

        var row = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return row.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '|') ? row : null;
    }
}
