package dev.selvedge.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows under columns; read as well in a terminal as in Markdown. The first column is text, the others are figures. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... columns) {
        rows.add(List.of(columns));
    }

    /** Adds a row; as many cells as there are columns. */
    public Table row(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException(
                    cells.length + " cells for " + rows.getFirst().size() + " columns");
        }
        rows.add(List.of(cells));
        return this;
    }

    @Override
    public String toString() {
        var widths = IntStream.range(0, rows.getFirst().size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .map(width -> Math.max(3, width))
                .toArray();
        var lines = rows.stream().map(row -> line(row, widths)).collect(Collectors.toCollection(ArrayList::new));
        lines.add(
                1,
                IntStream.range(0, widths.length)
                        .mapToObj(i -> i == 0 ? "-".repeat(widths[i]) : "-".repeat(widths[i] - 1) + ":")
                        .collect(Collectors.joining(" | ", "| ", " |")));
        return String.join("\n", lines) + "\n";
    }

    private static String line(List<String> row, int[] widths) {
        return IntStream.range(0, widths.length)
                .mapToObj(i -> {
                    var pad = " ".repeat(widths[i] - row.get(i).length());
                    return i == 0 ? row.get(i) + pad : pad + row.get(i);
                })
                .collect(Collectors.joining(" | ", "| ", " |"));
    }
}
