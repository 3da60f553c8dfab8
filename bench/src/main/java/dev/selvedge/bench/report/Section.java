package dev.selvedge.bench.report;

import java.util.List;

/**
 * One measurement's part of the page.
 *
 * @param method how it was measured, Markdown
 * @param charts may be none
 */
public record Section(String title, String method, List<Table> tables, List<BarChart> charts, List<Target> targets) {
    public Section(String title, String method, Table table, Target... targets) {
        this(title, method, List.of(table), List.of(), List.of(targets));
    }

    /** The section without charts, for a terminal or the page. */
    public String markdown() {
        var text = new StringBuilder("## ")
                .append(title)
                .append("\n")
                .append(method.strip())
                .append("\n");
        for (var table : tables) {
            text.append("\n").append(table);
        }
        return text.toString();
    }
}
