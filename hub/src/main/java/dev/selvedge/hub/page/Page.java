package dev.selvedge.hub.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** The one HTML file, and what the browser may do with it: run its own script and style, and ask this hub; nothing else. */
public final class Page {
    private static final Pattern SCRIPT = Pattern.compile("<script>(.*)</script>", Pattern.DOTALL);
    private static final Pattern STYLE = Pattern.compile("<style>(.*)</style>", Pattern.DOTALL);

    private final String html;
    private final Map<String, String> headers;

    private Page(String html) {
        this.html = html;
        var policy =
                "default-src 'none'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                        + "; script-src " + hash(SCRIPT, html) + "; style-src " + hash(STYLE, html);
        headers = Map.of(
                "Content-Security-Policy", policy,
                "X-Content-Type-Options", "nosniff",
                "Referrer-Policy", "no-referrer",
                "Cache-Control", "no-store");
    }

    /** Reads the file. */
    public static Page load() {
        try (var in = Objects.requireNonNull(Page.class.getResourceAsStream("status.html"), "status.html")) {
            return new Page(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the status page cannot be read", e);
        }
    }

    public String html() {
        return html;
    }

    /** What the browser is to be told with the page and with its data. */
    public Map<String, String> headers() {
        return headers;
    }

    private static String hash(Pattern element, String html) {
        var found = element.matcher(html);
        if (!found.find()) {
            throw new IllegalStateException("the status page has no " + element);
        }
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256").digest(found.group(1).getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
