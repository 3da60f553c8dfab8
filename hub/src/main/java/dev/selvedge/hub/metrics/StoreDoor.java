package dev.selvedge.hub.metrics;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.selvedge.hub.desk.Access;
import dev.selvedge.hub.desk.Paths;
import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.desk.StoreDesk.Section;
import dev.selvedge.hub.desk.StoredMessage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link StoreDesk} of this hub for {@code selvedge-hub store}, which shows the token of the hub's data folder. One request after the other, on a
 * thread of its own that is there only when somebody asks.
 */
final class StoreDoor {
    private static final Logger LOG = LoggerFactory.getLogger(StoreDoor.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<List<StoredMessage>> MESSAGES = new TypeReference<>() {};
    private static final String BEARER = "Bearer ";
    private static final int MAX_MESSAGES = 1000;
    /** A disk that reads 1 MiB a second has then been read through. */
    private static final long LONGEST_MINUTES = 60;

    private final Vertx vertx;
    private final StoreDesk desk;
    private @Nullable WorkerExecutor worker;
    private volatile @Nullable Access access;

    StoreDoor(Vertx vertx, StoreDesk desk) {
        this.vertx = vertx;
        this.desk = desk;
    }

    /** From now on this is the token. */
    void open(Access issued) {
        access = issued;
    }

    /** Serves a request whose path begins as this door's do. */
    void answer(HttpServerRequest request) {
        var authorization = Objects.requireNonNullElse(request.getHeader("Authorization"), "");
        var issued = access;
        if (issued == null
                || !authorization.startsWith(BEARER)
                || !issued.admits(authorization.substring(BEARER.length()))) {
            LOG.info("store not shown: path={} reason=the token is not this hub's", request.path());
            request.response()
                    .putHeader("WWW-Authenticate", "Bearer")
                    .setStatusCode(401)
                    .end(
                            "this takes the token that the hub wrote into its data folder: run selvedge-hub store beside it\n");
            return;
        }
        body(request)
                .onSuccess(body -> serve(request, body))
                .onFailure(e -> request.response().setStatusCode(413).end(e.getMessage() + "\n"));
    }

    private static Future<Buffer> body(HttpServerRequest request) {
        Promise<Buffer> done = Promise.promise();
        var body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() > Paths.MAX_BODY) {
                done.tryFail("the body has more than " + Paths.MAX_BODY + " bytes");
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.exceptionHandler(done::tryFail);
        request.endHandler(_ -> done.tryComplete(body));
        return done.future();
    }

    private void serve(HttpServerRequest request, Buffer body) {
        var work = work(request, body);
        if (work == null) {
            request.response().setStatusCode(404).end("there is no " + request.method() + " of this\n");
            return;
        }
        worker().executeBlocking(() -> Buffer.buffer(JSON.writeValueAsBytes(work.call())))
                .onSuccess(json -> request.response()
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Cache-Control", "no-store")
                        .end(json))
                .onFailure(e -> request.response().setStatusCode(status(e)).end(e.getMessage() + "\n"));
    }

    /** Event loop of the one management server. */
    private WorkerExecutor worker() {
        var made = worker == null
                ? vertx.createSharedWorkerExecutor("selvedge-store-desk", 1, LONGEST_MINUTES, TimeUnit.MINUTES)
                : worker;
        worker = made;
        return made;
    }

    private @Nullable Callable<?> work(HttpServerRequest request, Buffer body) {
        var endpoint = Objects.requireNonNullElse(request.getParam("endpoint"), "");
        return switch (request.method() + " " + request.path()) {
            case "GET " + Paths.STORE -> desk::contents;
            case "GET " + Paths.INSPECTION -> desk::inspect;
            case "GET " + Paths.MESSAGES ->
                () -> desk.page(
                        endpoint,
                        section(request),
                        request.getParam("after"),
                        Math.clamp(Integer.parseInt(request.getParam("max")), 1, MAX_MESSAGES));
            case "POST " + Paths.MESSAGES -> () -> store(JSON.readValue(body.getBytes(), MESSAGES));
            case "POST " + Paths.PURGE -> () -> purge(endpoint, section(request));
            case "POST " + Paths.RELEASE -> () -> release(endpoint);
            default -> null;
        };
    }

    private static Section section(HttpServerRequest request) {
        return Section.valueOf(String.valueOf(request.getParam("section")).toUpperCase(Locale.ROOT));
    }

    private StoreDesk.Imported store(List<StoredMessage> messages) throws IOException {
        var imported = desk.store(messages);
        LOG.info(
                "messages stored by hand: stored={} refused={}",
                imported.stored(),
                imported.refused().size());
        return imported;
    }

    private long purge(String endpoint, Section section) throws IOException {
        var count = desk.purge(endpoint, section);
        LOG.info("messages purged by hand: endpoint={} from={} count={}", endpoint, section, count);
        return count;
    }

    private long release(String endpoint) throws IOException {
        var count = desk.release(endpoint);
        LOG.info("messages released by hand: endpoint={} count={}", endpoint, count);
        return count;
    }

    private static int status(Throwable failure) {
        return failure instanceof IllegalArgumentException || failure instanceof JsonProcessingException ? 400 : 500;
    }
}
