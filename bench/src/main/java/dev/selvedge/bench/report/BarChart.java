package dev.selvedge.bench.report;

import java.util.List;
import java.util.Locale;

/**
 * Bars in groups, as SVG that reads on light and dark ground.
 *
 * @param file name of the file beside the page
 * @param groups what is written under the groups
 * @param series one for each colour, with a value for each group; NaN leaves a gap
 */
public record BarChart(String file, String title, List<String> groups, List<Series> series) {
    private static final List<String> COLOURS =
            List.of("#2f6f9f", "#d08a2e", "#7a9a3a", "#a14b5c", "#6d5f9e", "#888888");
    private static final int WIDTH = 760;
    private static final int PLOT_HEIGHT = 260;
    private static final int TOP = 40;
    private static final int BASE = TOP + PLOT_HEIGHT;
    private static final int LEGEND_LINE = 20;

    /** The bars of one colour. */
    public record Series(String name, List<Double> values) {}

    /** The chart as a document. */
    public String svg() {
        var height = BASE + 40 + LEGEND_LINE * series.size();
        var svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="12">
                <rect width="100%%" height="100%%" fill="#ffffff"/>
                """.formatted(WIDTH, height));
        text(svg, WIDTH / 2.0, 22, "middle", title);
        var top = series.stream()
                .flatMap(s -> s.values().stream())
                .filter(Double::isFinite)
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
        var groupWidth = (double) WIDTH / groups.size();
        var barWidth = groupWidth * 0.84 / series.size();
        for (int g = 0; g < groups.size(); g++) {
            for (int s = 0; s < series.size(); s++) {
                var x = g * groupWidth + groupWidth * 0.08 + s * barWidth;
                bar(svg, x, barWidth, series.get(s).values().get(g), top, s);
            }
            text(svg, (g + 0.5) * groupWidth, BASE + 18, "middle", groups.get(g));
        }
        for (int s = 0; s < series.size(); s++) {
            var y = BASE + 36 + s * LEGEND_LINE;
            rectangle(svg, 20, y, 12, 12, s);
            text(svg, 38, y + 11, "start", series.get(s).name());
        }
        return svg.append("</svg>\n").toString();
    }

    private static void bar(StringBuilder svg, double x, double width, double value, double top, int colour) {
        if (!Double.isFinite(value)) {
            return;
        }
        var height = Math.max(1, value / top * (PLOT_HEIGHT - 20));
        rectangle(svg, x, BASE - height, width * 0.92, height, colour);
        text(
                svg,
                x + width * 0.46,
                BASE - height - 4,
                "middle",
                value >= 1e4 ? Text.count(value / 1e3) + "k" : Text.count(value));
    }

    private static void rectangle(StringBuilder svg, double x, double y, double width, double height, int colour) {
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
                x,
                y,
                width,
                height,
                COLOURS.get(colour % COLOURS.size())));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                escaped(text)));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
