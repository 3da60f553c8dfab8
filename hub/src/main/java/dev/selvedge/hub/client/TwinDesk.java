package dev.selvedge.hub.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.delivery.Intake;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.session.Session.Seen;
import dev.selvedge.hub.twin.InvalidReportException;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Identity;
import dev.selvedge.twin.MergePatch;
import dev.selvedge.twin.PropertyRules;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one client's twin requests and tells it of changes to its desired properties: always as the difference to what it has seen, one
 * patch at a time, so that what changed while it was away comes as one patch too. What a patch changes is in doubt until the client has it, and is
 * part of the next patch if it does not say so. The connection's event loop.
 */
public final class TwinDesk {
    private static final Logger LOG = LoggerFactory.getLogger(TwinDesk.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final byte[] NOTHING = {};
    private static final long NONE = -1;

    private final Twins twins;
    private final Intake intake;
    private final Reader reader;
    private long turns;
    /** Which turn sent the patch or the twin that the client may have or not: no patch follows before that is known. */
    private long underWay = NONE;

    private boolean patchUnderWay;
    /** The version of a patch that did not get through: it is not sent again until something changes, or the client asks anew. */
    private long givenUp = NONE;

    /** The client as the desk needs it. */
    public interface Reader {
        Identity identity();

        /** The desired properties that it has seen; null when it has seen none. */
        @Nullable
        Seen seen();

        /** It has seen these desired properties. */
        void seen(Seen seen);

        /** Whether it is there and wants to be told of changes. */
        boolean follows();

        /** Sends a patch with its {@code $version}. Completes when the client has it. */
        CompletionStage<Void> patch(long version, byte[] body);
    }

    public TwinDesk(Twins twins, Intake intake, Reader reader) {
        this.twins = twins;
        this.intake = intake;
        this.reader = reader;
    }

    /**
     * Sends the twin at once. What the client has not seen of it is in doubt until the client has it; what was sent before is of no interest
     * any more.
     *
     * @param answer sends an answer; completes when the client has it
     */
    public void get(Function<TwinAnswer, CompletionStage<Void>> answer) {
        var found = twins.find(reader.identity());
        if (found.isEmpty()) {
            var _ = answer.apply(refusal(404, "this hub has no twin of " + reader.identity()));
            return;
        }
        var twin = found.get();
        var seen = reader.seen();
        if (seen != null) {
            doubt(seen, MergePatch.difference(seen.desired(), twin.desired()));
        }
        patchUnderWay = false;
        carry(
                new Seen(twin.desiredVersion(), twin.desired()),
                () -> answer.apply(new TwinAnswer(200, null, twin.document())),
                failure -> LOG.debug(
                        "twin not delivered, its client has to ask again: client={} reason={}",
                        reader.identity(),
                        failure.getMessage()));
    }

    /**
     * Completes when the patch is refused, or on disk together with the message that it makes for the routes that take twin changes; fails when
     * either cannot be stored.
     */
    public CompletionStage<TwinAnswer> report(byte[] body) {
        ObjectNode patch;
        try {
            patch = object(body);
        } catch (IOException e) {
            return CompletableFuture.completedStage(refusal(400, String.valueOf(e.getMessage())));
        }
        return twins.report(reader.identity(), patch)
                .thenCompose(version -> intake.accept(Message.twinChange(reader.identity(), body))
                        .thenApply(_ -> version))
                .handle((version, failure) -> {
                    if (failure == null) {
                        return new TwinAnswer(204, version, NOTHING);
                    }
                    var cause = Stages.cause(failure);
                    if (cause instanceof InvalidReportException invalid) {
                        return refusal(400, String.valueOf(invalid.getMessage()));
                    }
                    throw new CompletionException(cause);
                });
    }

    /**
     * The client subscribed to changes: it will be told of what differs from what it saw last, or else from what is there now. To be called before
     * the client knows that it has subscribed: a change that comes after that must not be missed.
     */
    public void remember() {
        if (reader.seen() == null) {
            twins.find(reader.identity())
                    .ifPresent(twin -> reader.seen(new Seen(twin.desiredVersion(), twin.desired())));
        }
    }

    /**
     * The client knows that it has subscribed. A patch that it was sent before that is not waited for: Java's SDK drops one that comes to its kept
     * session before its application has asked for changes, and never acknowledges it.
     */
    public void follow() {
        remember();
        if (patchUnderWay) {
            underWay = NONE;
        }
        givenUp = NONE;
        tell();
    }

    /**
     * Sends what the client has not seen, if it wants to know. What fails to reach it is given up until its desired properties change again, or it
     * subscribes anew: what the client cannot take, sent again at once, fails at once.
     */
    public void tell() {
        var seen = reader.seen();
        var twin = twins.find(reader.identity());
        if (!reader.follows() || seen == null || twin.isEmpty() || underWay != NONE) {
            return;
        }
        var version = twin.get().desiredVersion();
        if (version == givenUp) {
            return;
        }
        var patch = MergePatch.difference(seen.desired(), twin.get().desired());
        if (patch.isEmpty()) {
            return;
        }
        doubt(seen, patch);
        var body = patch.put("$version", version).toString().getBytes(StandardCharsets.UTF_8);
        patchUnderWay = true;
        carry(new Seen(version, twin.get().desired()), () -> reader.patch(version, body), failure -> {
            givenUp = version;
            LOG.warn(
                    "desired properties not delivered, their next change is: client={} version={} reason={}",
                    reader.identity(),
                    version,
                    failure.getMessage());
        });
    }

    private void doubt(Seen seen, ObjectNode patch) {
        reader.seen(new Seen(seen.version(), Doubt.of(seen.desired(), patch)));
    }

    /** Sends what leaves the client with these desired properties. Of several on their way only the last says what the client has seen. */
    private void carry(Seen content, Supplier<CompletionStage<Void>> sending, Consumer<Throwable> onFailure) {
        var turn = ++turns;
        underWay = turn;
        sending.get().whenComplete((_, failure) -> {
            if (underWay != turn) {
                return;
            }
            underWay = NONE;
            if (failure == null) {
                reader.seen(content);
            } else {
                onFailure.accept(Stages.cause(failure));
            }
            tell();
        });
    }

    private static ObjectNode object(byte[] body) throws IOException {
        if (body.length > PropertyRules.MAX_TEXT_BYTES) {
            throw new IOException("the patch has " + body.length + " bytes with its white space and escapes, at most "
                    + PropertyRules.MAX_TEXT_BYTES + " are read");
        }
        if (JSON.readTree(body) instanceof ObjectNode object) {
            return object;
        }
        throw new IOException("reported properties are a JSON object");
    }

    /** An answer that says no. Node's SDK takes it for an error when its body has an {@code errorCode}. */
    public static TwinAnswer refusal(int status, String message) {
        var body = JsonNodeFactory.instance
                .objectNode()
                .put("errorCode", status * 1000)
                .put("message", message);
        return new TwinAnswer(status, null, body.toString().getBytes(StandardCharsets.UTF_8));
    }
}
