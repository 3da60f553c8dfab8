package dev.selvedge.hub.tool;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.desk.Access;
import dev.selvedge.hub.desk.Contents;
import dev.selvedge.hub.desk.Paths;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.desk.StoredMessage;
import dev.selvedge.hub.store.Inspection;
import org.jspecify.annotations.Nullable;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The desk of a running hub, over its management port. */
final class RemoteStore implements StoreDesk {
    /** A newer hub may tell more than this knows. */
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    private final Access access;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RemoteStore(Access access) {
        this.access = access;
    }

    @Override
    public Contents contents() throws IOException {
        return ask(get(Paths.STORE), Contents.class);
    }

    @Override
    public Page page(String endpoint, Section section, @Nullable String after, int max) throws IOException {
        var query = query(endpoint, section) + "&max=" + max + (after == null ? "" : "&after=" + encoded(after));
        return ask(get(Paths.MESSAGES + query), Page.class);
    }

    @Override
    public Imported store(List<StoredMessage> messages) throws IOException {
        return ask(post(Paths.MESSAGES, JSON.writeValueAsBytes(messages)), Imported.class);
    }

    @Override
    public Inspection inspect() throws IOException {
        return ask(get(Paths.INSPECTION), Inspection.class);
    }

    @Override
    public long purge(String endpoint, Section section) throws IOException {
        return ask(post(Paths.PURGE + query(endpoint, section), new byte[0]), Long.class);
    }

    @Override
    public long release(String endpoint) throws IOException {
        return ask(post(Paths.RELEASE + query(endpoint, Section.QUARANTINE), new byte[0]), Long.class);
    }

    @Override
    public void close() {
        http.close();
    }

    private static String query(String endpoint, Section section) {
        return "?endpoint=" + encoded(endpoint) + "&section=" + section;
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, UTF_8);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(access.url() + path))
                .header("Authorization", "Bearer " + access.token());
    }

    private HttpRequest get(String path) {
        return request(path).build();
    }

    private HttpRequest post(String path, byte[] body) {
        return request(path).POST(BodyPublishers.ofByteArray(body)).build();
    }

    private <T> T ask(HttpRequest request, Class<T> type) throws IOException {
        try {
            var response = http.send(request, BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new IOException("the hub at " + access.url() + " answered " + response.statusCode() + ": "
                        + new String(response.body(), UTF_8).strip());
            }
            return JSON.readValue(response.body(), type);
        } catch (ConnectException e) {
            throw new IOException(
                    "the hub at " + access.url()
                            + " does not answer. If it does not run, name its folder: --folder DIR instead of --data",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("it was interrupted", e);
        }
    }
}
