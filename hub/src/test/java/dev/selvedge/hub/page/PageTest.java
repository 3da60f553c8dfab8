package dev.selvedge.hub.page;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PageTest {
    private static final Pattern COLOURS = Pattern.compile("--(\\w+): (#[0-9a-f]{6});");
    private static final double READABLE = 4.5;

    private final Page page = Page.load();

    @Test
    void theBrowserRunsTheScriptOfThePageAndNoOther() {
        assertThat(page.headers().get("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'sha256-", "style-src 'sha256-", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.headers()).containsEntry("X-Content-Type-Options", "nosniff");
    }

    @Test
    void nothingIsFetchedFromElsewhere() {
        assertThat(page.html()).doesNotContainPattern("(?i)(src|href)\\s*=\\s*\"?(https?:)?//|@import|url\\(");
    }

    @Test
    void nothingFromOutsideBecomesMarkup() {
        assertThat(page.html())
                .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=");
    }

    @Test
    void everyTableHasACaptionAndHeadings() {
        var tables = count("<table>");

        assertThat(tables).isEqualTo(4);
        assertThat(count("<caption ")).isEqualTo(tables);
        assertThat(count("<tbody ")).isEqualTo(tables);
        assertThat(Pattern.compile("<th(?! scope=\"col\")[ >]")
                        .matcher(page.html())
                        .results())
                .isEmpty();
    }

    @Test
    void textIsReadableInLightAndInDark() {
        var schemes = new ArrayList<Map<String, String>>();
        for (var part : page.html().split(":root \\{")) {
            var colours = new HashMap<String, String>();
            COLOURS.matcher(part.replaceAll("(?s)}.*", ""))
                    .results()
                    .forEach(match -> colours.put(match.group(1), match.group(2)));
            if (!colours.isEmpty()) {
                schemes.add(colours);
            }
        }

        assertThat(schemes).hasSize(2);
        for (var colours : schemes) {
            for (var text : List.of("text", "muted", "good", "bad", "warn", "link")) {
                assertThat(contrast(colours.get(text), colours.get("back")))
                        .as(text + " in " + colours)
                        .isGreaterThan(READABLE);
            }
            assertThat(contrast(colours.get("text"), colours.get("head"))).isGreaterThan(READABLE);
        }
    }

    private long count(String text) {
        return Pattern.compile(Pattern.quote(text))
                .matcher(page.html())
                .results()
                .count();
    }

    /** WCAG 2.2, contrast ratio. */
    private static double contrast(String one, String other) {
        var a = luminance(one);
        var b = luminance(other);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }

    private static double luminance(String colour) {
        var red = channel(colour.substring(1, 3));
        var green = channel(colour.substring(3, 5));
        var blue = channel(colour.substring(5, 7));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }

    private static double channel(String hex) {
        var value = Integer.parseInt(hex, 16) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }
}
