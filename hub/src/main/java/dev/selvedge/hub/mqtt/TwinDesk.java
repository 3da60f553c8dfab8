package dev.selvedge.hub.mqtt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.session.Meaning;
import dev.selvedge.hub.session.Session;
import dev.selvedge.hub.session.Session.Seen;
import dev.selvedge.hub.twin.InvalidReportException;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Identity;
import dev.selvedge.twin.MergePatch;
import org.jspecify.annotations.Nullable;

/**
 * Answers one client's twin requests and tells it of changes to its desired properties: always as the difference to what it has seen, one
 * patch at a time, so that what changed while it was away comes as one patch too. The connection's event loop.
 */
final class TwinDesk {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final byte[] NOTHING = {};

    private final Twins twins;
    private final Wire wire;
    private final Outbox outbox;
    private final Box box;
    private boolean patchInFlight;

    /** Where the desk finds and leaves what the client has seen. */
    interface Box {
        Session session();

        /** The client has seen these desired properties. */
        void seen(Seen seen);
    }

    TwinDesk(Twins twins, Wire wire, Outbox outbox, Box box) {
        this.twins = twins;
        this.wire = wire;
        this.outbox = outbox;
        this.box = box;
    }

    /** Gives what sends the twin. */
    Runnable get(String rid) {
        return () -> {
            var twin = twins.find(client());
            if (twin.isEmpty()) {
                answer(404, rid, null, error(404, "this hub has no twin of " + client()));
                return;
            }
            answer(200, rid, null, twin.get().document());
            box.seen(new Seen(twin.get().desiredVersion(), twin.get().desired()));
        };
    }

    /** Completes, when the patch is on disk or refused, with what sends the answer; fails when the disk does. */
    CompletionStage<Runnable> report(@Nullable String rid, byte[] body) {
        ObjectNode patch;
        try {
            patch = object(body);
        } catch (IOException e) {
            return CompletableFuture.completedStage(refusal(rid, e));
        }
        return twins.report(client(), patch).handle((version, failure) -> {
            var cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
            if (cause instanceof InvalidReportException invalid) {
                return refusal(rid, invalid);
            }
            if (failure != null) {
                throw new CompletionException(cause);
            }
            return () -> answer(204, rid, version, NOTHING);
        });
    }

    private Runnable refusal(@Nullable String rid, Exception why) {
        return () -> answer(400, rid, null, error(400, String.valueOf(why.getMessage())));
    }

    /** The client subscribed to changes: from now on it is told of what differs from what it saw last, or else from what is there now. */
    void follow() {
        if (box.session().seen() == null) {
            twins.find(client()).ifPresent(twin -> box.seen(new Seen(twin.desiredVersion(), twin.desired())));
        }
        tell();
    }

    /** Sends what the client has not seen, if it wants to know. */
    void tell() {
        var qos = qos(Meaning.DESIRED);
        var seen = box.session().seen();
        var twin = twins.find(client());
        if (qos.isEmpty() || seen == null || twin.isEmpty() || patchInFlight) {
            return;
        }
        var version = twin.get().desiredVersion();
        var patch = MergePatch.difference(seen.desired(), twin.get().desired());
        if (patch.isEmpty()) {
            return;
        }
        patchInFlight = true;
        var body = patch.put("$version", version).toString().getBytes(StandardCharsets.UTF_8);
        outbox.publish(Topics.desired(version), qos.getAsInt(), body).whenComplete((_, failure) -> {
            patchInFlight = false;
            if (failure == null) {
                box.seen(new Seen(version, twin.get().desired()));
            }
            if (!wire.isClosed()) {
                tell();
            }
        });
    }

    private void answer(int status, @Nullable String rid, @Nullable Long version, byte[] body) {
        var qos = qos(Meaning.TWIN_ANSWERS);
        if (rid == null || qos.isEmpty()) {
            return;
        }
        outbox.publish(Topics.twinAnswer(status, rid, version), qos.getAsInt(), body);
    }

    private OptionalInt qos(Meaning meaning) {
        return box.session().subscriptions().qos(meaning);
    }

    private Identity client() {
        return box.session().client();
    }

    private static ObjectNode object(byte[] body) throws IOException {
        if (JSON.readTree(body) instanceof ObjectNode object) {
            return object;
        }
        throw new IOException("reported properties are a JSON object");
    }

    /** Node's SDK takes an answer for an error when its body has an {@code errorCode}. */
    private static byte[] error(int status, String message) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("errorCode", status * 1000)
                .put("message", message)
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }
}
