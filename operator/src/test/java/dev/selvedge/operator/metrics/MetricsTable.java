package dev.selvedge.operator.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** The sorted table in {@code docs/reference/metrics.md}, as far as it is of the operator. {@code make docs} writes its rows (SELVEDGE_UPDATE=true). */
public final class MetricsTable {
    private static final Path PAGE = Path.of("../docs/reference/metrics.md");
    private static final String RULE = "|---|---|---|---|---|";
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

    private final String row;

    /**
     * A part of the table.
     *
     * @param of whose metrics they are, the first column
     */
    public MetricsTable(String of) {
        row = "| " + of + " | ";
    }

    /**
     * Asserts that this part says what was scraped.
     *
     * @param meaning of a metric that has no help of its own, by its name
     */
    public void says(String scrape, UnaryOperator<String> meaning) throws IOException {
        var page = Files.readString(PAGE);
        var wanted = with(rows(scrape, meaning), page);

        if ("true".equals(System.getenv("SELVEDGE_UPDATE"))) {
            Files.writeString(PAGE, wanted);
        } else {
            assertThat(page).as("make docs writes it").isEqualTo(wanted);
        }
    }

    private SortedSet<String> rows(String scrape, UnaryOperator<String> meaning) {
        var rows = new TreeSet<String>();
        TYPE.matcher(scrape).results().forEach(match -> {
            var name = match.group(1);
            var help = help(scrape, name);
            rows.add(row + "`" + name + "` | " + match.group(2) + " | " + labels(scrape, name) + " | "
                    + (help.isEmpty() ? meaning.apply(name) : help) + " |");
        });
        return rows;
    }

    private static String help(String scrape, String name) {
        var begin = "# HELP " + name + " ";
        return scrape.lines()
                .filter(line -> line.startsWith(begin))
                .map(line -> line.substring(begin.length()).strip())
                .findFirst()
                .orElse("");
    }

    private static String labels(String scrape, String name) {
        var labels = new TreeSet<String>();
        scrape.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + "_count{"))
                .flatMap(line -> LABEL.matcher(line).results())
                .forEach(match -> labels.add(match.group(1)));
        return String.join(", ", labels);
    }

    /** The page with these rows in place of its own of this part. */
    private String with(SortedSet<String> rows, String page) {
        var lines = page.lines().toList();
        var table = lines.indexOf(RULE) + 1;
        var sorted = new TreeSet<>(rows);
        lines.stream().skip(table).filter(line -> !line.startsWith(row)).forEach(sorted::add);
        var all = new ArrayList<>(lines.subList(0, table));
        all.addAll(sorted);
        return String.join("\n", all) + "\n";
    }
}
