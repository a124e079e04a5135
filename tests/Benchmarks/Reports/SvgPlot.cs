using System.Globalization;
using System.Text;

namespace EventMeet.Benchmarks.Reports;

/// <summary>A line chart as an SVG file: just enough of one for a report.</summary>
/// <param name="title">What it shows.</param>
/// <param name="across">What the horizontal axis counts.</param>
/// <param name="up">What the vertical axis measures, with its unit.</param>
internal sealed class SvgPlot(string title, string across, string up)
{
    private const int Width = 640;
    private const int Height = 400;
    private const int Left = 70;
    private const int Right = 20;
    private const int Top = 40;
    private const int Bottom = 50;
    private const int Ticks = 5;
    private const int NameWidth = 180;

    private static readonly string[] Colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"];

    private readonly List<(string Name, List<(double Across, double Up)> Points)> _lines = [];

    public void Add(string name, IEnumerable<(double Across, double Up)> points) =>
        _lines.Add((name, points.Where(point => double.IsFinite(point.Up)).OrderBy(point => point.Across).ToList()));

    public string Write()
    {
        var points = _lines.SelectMany(line => line.Points).DefaultIfEmpty((1, 1)).ToList();
        var (mostAcross, mostUp) = (RoundUp(points.Max(point => point.Across)), RoundUp(points.Max(point => point.Up)));
        var text = new StringBuilder();
        Add(
            text,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(title)}\" font-family=\"sans-serif\" "
        );
        Add(text, $"font-size=\"12\"><rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        Add(text, $"<text x=\"{Width / 2}\" y=\"20\" text-anchor=\"middle\" font-size=\"15\">{Escape(title)}</text>\n");
        AddAxes(text, mostAcross, mostUp);
        for (var i = 0; i < _lines.Count; i++)
        {
            AddLine(text, i, mostAcross, mostUp);
        }

        return text.Append("</svg>\n").ToString();
    }

    private static double X(double value, double most) => Left + (value / most * (Width - Left - Right));

    private static double Y(double value, double most) => Height - Bottom - (value / most * (Height - Top - Bottom));

    // 1, 2, 2.5 or 5 times a power of ten.
    private static double RoundUp(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 1e-6))));
        return new[] { 1, 2, 2.5, 5, 10 }.Select(step => step * power).First(step => step >= value * 0.999);
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    private static void Add(StringBuilder text, FormattableString what) =>
        text.Append(what.ToString(CultureInfo.InvariantCulture));

    private void AddAxes(StringBuilder text, double mostAcross, double mostUp)
    {
        for (var i = 0; i <= Ticks; i++)
        {
            var (value, place) = (mostUp * i / Ticks, Y(i, Ticks));
            Add(
                text,
                $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{place:0.#}\" y2=\"{place:0.#}\" stroke=\"#ddd\"/>"
            );
            Add(text, $"<text x=\"{Left - 6}\" y=\"{place + 4:0.#}\" text-anchor=\"end\">{value:0.###}</text>\n");
            var (number, column) = (mostAcross * i / Ticks, X(i, Ticks));
            Add(
                text,
                $"<text x=\"{column:0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{number:0.#}</text>\n"
            );
        }

        Add(text, $"<text x=\"{Width / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">{Escape(across)}</text>\n");
        Add(
            text,
            $"<text transform=\"translate(16 {Height / 2}) rotate(-90)\" text-anchor=\"middle\">{Escape(up)}</text>\n"
        );
    }

    private void AddLine(StringBuilder text, int number, double mostAcross, double mostUp)
    {
        var (name, points) = _lines[number];
        var colour = Colours[number % Colours.Length];
        var places = points.ConvertAll(point => (X: X(point.Across, mostAcross), Y: Y(point.Up, mostUp)));
        var path = string.Join(
            ' ',
            places.Select(place => string.Create(CultureInfo.InvariantCulture, $"{place.X:0.#},{place.Y:0.#}"))
        );
        Add(text, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
        foreach (var (x, y) in places)
        {
            Add(text, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3\" fill=\"{colour}\"/>");
        }

        // Above the plot, side by side: no line runs there.
        var column = Left + (number * NameWidth);
        Add(text, $"\n<text x=\"{column}\" y=\"{Top - 8}\" fill=\"{colour}\">{Escape(name)}</text>\n");
    }
}
