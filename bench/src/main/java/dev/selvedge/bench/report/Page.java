package dev.selvedge.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * A page of figures.
 *
 * @param title the page's heading
 * @param about machine and method, Markdown
 * @param why reasons for missed targets, by the target's id
 */
public record Page(String title, String about, List<Section> sections, Properties why) {
    /** The page with the reasons that are written in this module. */
    public static Page of(String title, String about, List<Section> sections) throws IOException {
        var why = new Properties();
        try (var in = Page.class.getResourceAsStream("why.properties")) {
            if (in == null) {
                throw new IOException("why.properties is missing in the jar");
            }
            why.load(in);
        }
        return new Page(title, about, sections, why);
    }

    /** Writes the page and, beside it, its charts. */
    public void write(Path file) throws IOException {
        Files.writeString(file, markdown());
        for (var section : sections) {
            for (var chart : section.charts()) {
                Files.writeString(file.resolveSibling(chart.file()), chart.svg());
            }
        }
    }

    /** Everything that was promised, and whether it holds. */
    public Table targets() {
        var table = new Table("target", "promised", "measured", "verdict");
        for (var section : sections) {
            for (var target : section.targets()) {
                table.row(target.what(), target.promise(), target.result(), target.verdict());
            }
        }
        return table;
    }

    String markdown() {
        var text = new StringBuilder("# ")
                .append(title)
                .append("\n\n")
                .append(about.strip())
                .append("\n\n## Targets\n\n");
        text.append(targets());
        for (var target :
                sections.stream().flatMap(section -> section.targets().stream()).toList()) {
            var reason = why.getProperty(target.id());
            if (!target.met() && reason != null) {
                text.append("\n*")
                        .append(target.what())
                        .append("*: ")
                        .append(reason)
                        .append("\n");
            }
        }
        for (var section : sections) {
            text.append("\n").append(section.markdown());
            for (var chart : section.charts()) {
                text.append("\n![")
                        .append(chart.title())
                        .append("](")
                        .append(chart.file())
                        .append(")\n");
            }
        }
        return text.toString();
    }
}
