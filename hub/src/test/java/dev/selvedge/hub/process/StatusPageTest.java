package dev.selvedge.hub.process;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.imageio.ImageIO;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The status page of a running hub, as a real browser shows it. */
@Tag("process")
class StatusPageTest {
    private static final String MARKUP = "<img src=x onerror=alert(1)>";
    private static final String TEXT = "<td class=\"text\">[^<]+</td>";
    private static final String NUMBER = "<td class=\"number\">[1-9][0-9,.]*</td>";
    private static final String RATE = "<td class=\"number\">[0-9][0-9,.]*</td>";

    /** A broker that is away, a module that is not there, a route that cannot be understood. */
    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 1Gi}
              routes:
                toCloud: {route: "FROM /messages/* WHERE n <> 'NOTE' INTO $upstream", priority: 1}
                broken: {route: FROM somewhere INTO $upstream}
              upstream: {mqtt: {url: "mqtt://localhost:PORT"}}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sensor}
            spec:
              image: none
              twin: {desired: {password: hidden}}
              routes:
                toFilter: {route: 'FROM /messages/modules/sensor/* INTO BrokeredEndpoint("/modules/filter/inputs/input1")'}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: filter}
            spec: {image: none}
            """;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void showsHowTheHubIs(boolean dark) throws Exception {
        try (var hub = hub(MARKUP);
                var publisher = new Publisher(hub, "sensor").start()) {
            awaitMessages(hub, publisher);

            var chromium = new Chromium(folder.resolve("chromium"), dark);
            var opened = chromium.open(url(hub));

            assertThat(opened.console()).isEmpty();
            assertThat(opened.dom())
                    .contains("Hub of <span id=\"device\">edge-1</span>")
                    .contains("Ready: clients are let in.")
                    .containsPattern("Upstream mqtt mqtt://localhost:\\d+ is not connected")
                    .containsPattern("<th [^>]*>\\$upstream</th><td class=\"number\">[1-9]")
                    .containsPattern("<th [^>]*>modules/filter/inputs/input1</th><td class=\"number\">[1-9]")
                    .as("what the route takes, and how much of it in a second")
                    .containsPattern("<th [^>]*>toCloud</th>" + TEXT + NUMBER + NUMBER + RATE + "<td class=\"good\">in")
                    .contains("route 'broken': line 1, column 6")
                    .containsPattern("<th [^>]*>edge-1/sensor</th><td class=\"good\">connected</td>")
                    .containsPattern("<th [^>]*>edge-1/filter</th><td class=\"muted\">not connected</td>")
                    .contains("upstream not reached, messages wait in the store")
                    .as("markup from outside is text")
                    .contains("&lt;img src=x onerror=alert(1)&gt;")
                    .doesNotContain(MARKUP, "hidden");
            assertThat(isDark(chromium, hub)).isEqualTo(dark);
        }
    }

    @Test
    void tellsTheSameAsDataAndNothingToThoseWhoAskOtherwise() throws Exception {
        try (var hub = hub("");
                var publisher = new Publisher(hub, "sensor").start();
                var http = HttpClient.newHttpClient()) {
            awaitMessages(hub, publisher);

            var page = http.send(get(hub, ""), HttpResponse.BodyHandlers.ofString());
            var data = http.send(get(hub, "status.json"), HttpResponse.BodyHandlers.ofString());
            var post = HttpRequest.newBuilder(URI.create(url(hub) + "status.json"))
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build();

            assertThat(page.headers().firstValue("Content-Security-Policy"))
                    .hasValueSatisfying(policy -> assertThat(policy).contains("default-src 'none'"));
            assertThat(data.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(data.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
            var status = new ObjectMapper().readTree(data.body());
            assertThat(status.path("device").asText()).isEqualTo("edge-1");
            assertThat(status.path("upstream").path("connected").asBoolean()).isFalse();
            assertThat(http.send(post, HttpResponse.BodyHandlers.discarding()).statusCode())
                    .isEqualTo(405);
        }
    }

    /** {@code make docs-status-page} puts the picture into the docs. */
    @Test
    void thePictureForTheDocsIsSmall() throws Exception {
        var docs = Path.of("../docs/images/status-page.png").toAbsolutePath();
        var picture = "true".equals(System.getenv("SELVEDGE_UPDATE")) ? docs : folder.resolve("status-page.png");
        try (var hub = hub("test");
                var publisher = new Publisher(hub, "sensor").start()) {
            awaitMessages(hub, publisher);

            new Chromium(folder.resolve("chromium"), false).screenshot(url(hub), picture, 1060, 870);
            shrink(picture);

            assertThat(Files.size(picture)).isLessThan(100 * 1024);
        }
    }

    /** Sixteen levels of each colour are enough for text, and compress well. */
    private static void shrink(Path png) throws IOException {
        var full = ImageIO.read(png.toFile());
        var small = new BufferedImage(full.getWidth(), full.getHeight(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < full.getHeight(); y++) {
            for (int x = 0; x < full.getWidth(); x++) {
                small.setRGB(x, y, (full.getRGB(x, y) >> 4 & 0x0f0f0f) * 0x11);
            }
        }
        ImageIO.write(small, "png", png.toFile());
    }

    private HubProcess hub(String note) throws IOException {
        var site = SITE.replace("PORT", "" + Mosquitto.freePort()).replace("NOTE", note);
        return new HubProcess(folder, site, List.of());
    }

    private static void awaitMessages(HubProcess hub, Publisher publisher) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> publisher.acknowledged() >= 10
                        && hub.log().stream().anyMatch(line -> line.contains("upstream not reached")));
    }

    private boolean isDark(Chromium chromium, HubProcess hub) throws IOException, InterruptedException {
        var png = folder.resolve("page.png");
        chromium.screenshot(url(hub), png, 800, 600);
        var corner = ImageIO.read(png.toFile()).getRGB(2, 2);
        return (corner & 0xff) < 0x80;
    }

    private static HttpRequest get(HubProcess hub, String path) {
        return HttpRequest.newBuilder(URI.create(url(hub) + path)).build();
    }

    private static String url(HubProcess hub) {
        return "http://127.0.0.1:" + hub.managementPort() + "/";
    }
}
