package dev.selvedge.hub.tool;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/** Columns of text, as wide as they must be; numbers stand to the right. */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... titles) {
        row(titles);
    }

    Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    void print(PrintWriter out) {
        for (var row : rows) {
            var line = new StringBuilder();
            for (var column = 0; column < row.size(); column++) {
                var gap = " ".repeat(width(column) - row.get(column).length());
                line.append(isNumeric(column) ? gap + row.get(column) : row.get(column) + gap)
                        .append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private boolean isNumeric(int column) {
        return rows.stream()
                .skip(1)
                .map(row -> row.get(column))
                .allMatch(cell -> cell.equals("-") || (!cell.isEmpty() && Character.isDigit(cell.charAt(0))));
    }

    /** Such as {@code 1 message}. */
    static String messages(long count) {
        return count == 1 ? "1 message" : count + " messages";
    }

    /** Such as {@code 1.5 MiB}. */
    static String bytes(long bytes) {
        var units = List.of("B", "KiB", "MiB", "GiB", "TiB");
        var size = (double) bytes;
        var unit = 0;
        while (size >= 1024 && unit < units.size() - 1) {
            size /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : "%.1f %s".formatted(size, units.get(unit));
    }

    /** How long ago that was, such as {@code 3d}, {@code 5h}, {@code 12s}. */
    static String age(@Nullable String time) {
        if (time == null) {
            return "-";
        }
        var age = Duration.between(Instant.parse(time), Instant.now());
        if (age.toDays() > 1) {
            return age.toDays() + "d";
        }
        if (age.toHours() > 1) {
            return age.toHours() + "h";
        }
        return age.toMinutes() > 1 ? age.toMinutes() + "m" : Math.max(0, age.toSeconds()) + "s";
    }
}
