package dev.selvedge.hub.client;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.session.Session.Seen;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import dev.selvedge.twin.PropertyRules;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

class TwinDeskTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Identity SENSOR = Identity.module("edge-1", "sensor");

    @TempDir
    private Path folder;

    private MessageStore store;
    private Twins twins;
    private final Client client = new Client();
    private TwinDesk desk;

    @BeforeEach
    void open() throws Exception {
        store = MessageStore.open(folder, "edge-1", StoreOptions.of(64 << 20), InstantSource.system());
        twins = new Twins(store.journal(), new Shown(), Identity.hub("edge-1"));
        desk = new TwinDesk(twins, (_, _) -> CompletableFuture.completedStage(null), client);
        desired(1, "{}");
        desk.follow();
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    @Test
    void aPatchThatTheClientCannotTakeIsGivenUp() throws Exception {
        client.failure = new RejectedException("too large");

        desired(2, "{\"a\":1}");
        desk.tell();
        desk.tell();

        assertThat(client.patches).containsExactly("{\"a\":1,\"$version\":2}");
    }

    @Test
    void theNextChangeIsSentWithWhatWasGivenUp() throws Exception {
        client.failure = new RejectedException("too large");
        desired(2, "{\"a\":1}");
        desk.tell();
        client.failure = null;
        client.patches.clear();

        desired(3, "{\"a\":1,\"b\":2}");
        desk.tell();

        assertThat(client.patches).containsExactly("{\"a\":1,\"b\":2,\"$version\":3}");
    }

    @Test
    void whoSubscribesAnewIsSentWhatWasGivenUp() throws Exception {
        client.failure = new RejectedException("too large");
        desired(2, "{\"a\":1}");
        desk.tell();
        client.failure = null;
        client.patches.clear();

        desk.follow();
        desk.follow();

        assertThat(client.patches).containsExactly("{\"a\":1,\"$version\":2}");
    }

    @Test
    void aChangeThatIsTakenBackIsSentWhenTheClientMayHaveObeyedIt() throws Exception {
        desired(2, "{\"a\":1,\"b\":1}");
        desk.tell();
        client.failure = new NotDeliveredException("no PUBACK");
        desired(3, "{\"a\":2,\"b\":1,\"c\":{\"d\":1}}");
        desk.tell();
        client.failure = null;
        client.patches.clear();

        desired(4, "{\"a\":1,\"b\":1}");
        desk.tell();
        desired(5, "{\"a\":1,\"b\":2}");
        desk.tell();

        assertThat(client.patches).containsExactly("{\"c\":null,\"a\":1,\"$version\":4}", "{\"b\":2,\"$version\":5}");
    }

    @Test
    void theSessionOfAClientThatGoesBeforeItAcknowledgesKeepsTheDoubt() throws Exception {
        desired(2, "{\"a\":1}");
        desk.tell();
        client.answer = new CompletableFuture<>();
        desired(3, "{\"a\":2}");
        desk.tell();
        client.answer = CompletableFuture.completedFuture(null);
        client.patches.clear();

        desired(4, "{\"a\":1}");
        new TwinDesk(twins, (_, _) -> CompletableFuture.completedStage(null), client).follow();

        assertThat(client.patches).containsExactly("{\"a\":1,\"$version\":4}");
    }

    @Test
    void whoAsksForItsTwinLeavesNoDoubt() throws Exception {
        client.failure = new NotDeliveredException("no PUBACK");
        desired(2, "{\"a\":1}");
        desk.tell();
        client.failure = null;
        client.patches.clear();

        desk.get(_ -> CompletableFuture.completedStage(null));
        desk.follow();

        assertThat(client.patches).isEmpty();
    }

    @Test
    void whoGoesBeforeItHasItsTwinIsToldWhenItIsBack() throws Exception {
        desired(2, "{\"a\":1}");
        desk.get(_ -> new CompletableFuture<>());

        new TwinDesk(twins, (_, _) -> CompletableFuture.completedStage(null), client).follow();

        assertThat(client.patches).containsExactly("{\"a\":1,\"$version\":2}");
    }

    @Test
    void aChangeThatIsTakenBackIsToldWhenItsTwinMayHaveReachedTheClient() throws Exception {
        desired(2, "{\"a\":1}");
        desk.get(_ -> new CompletableFuture<>());

        desired(3, "{}");
        new TwinDesk(twins, (_, _) -> CompletableFuture.completedStage(null), client).follow();

        assertThat(client.patches).containsExactly("{\"a\":null,\"$version\":3}");
    }

    @Test
    void whatItsTwinBringsIsNotToldMeanwhile() throws Exception {
        var answer = new CompletableFuture<Void>();
        desired(2, "{\"a\":1}");
        desk.get(_ -> answer);
        desk.follow();
        desired(3, "{\"a\":1,\"b\":1}");
        desk.tell();
        assertThat(client.patches).isEmpty();

        answer.complete(null);

        assertThat(client.patches).containsExactly("{\"b\":1,\"$version\":3}");
    }

    @Test
    void whatIsAcknowledgedSettlesNothingThatCameAfterIt() throws Exception {
        client.answer = new CompletableFuture<>();
        desired(2, "{\"a\":1}");
        desk.tell();
        client.patches.clear();
        desired(3, "{\"a\":2}");
        var answer = new CompletableFuture<Void>();
        desk.get(_ -> answer);
        client.answer.complete(null);
        client.answer = CompletableFuture.completedFuture(null);

        desired(4, "{\"a\":1}");
        answer.completeExceptionally(new NotDeliveredException("no PUBACK"));

        assertThat(client.patches).containsExactly("{\"a\":1,\"$version\":4}");
    }

    @Test
    void whoSubscribesIsSentAgainWhatItNeverAcknowledged() throws Exception {
        client.answer = new CompletableFuture<>();
        desired(2, "{\"a\":1}");
        desk.tell();
        client.answer = CompletableFuture.completedFuture(null);
        client.patches.clear();

        desk.follow();
        desired(3, "{\"a\":2}");
        desk.tell();

        assertThat(client.patches).containsExactly("{\"a\":1,\"$version\":2}", "{\"a\":2,\"$version\":3}");
    }

    @Test
    void whoAsksForItsTwinIsToldAtOnceWhatComesAfterIt() throws Exception {
        client.answer = new CompletableFuture<>();
        desired(2, "{\"a\":1}");
        desk.tell();
        client.answer = CompletableFuture.completedFuture(null);
        client.patches.clear();

        desk.get(_ -> CompletableFuture.completedStage(null));
        desired(3, "{\"a\":2}");
        desk.tell();

        assertThat(client.patches).containsExactly("{\"a\":2,\"$version\":3}");
    }

    @Test
    void aPatchOfALinkThatIsGoneIsSentOnTheNewOne() throws Exception {
        var old = new CompletableFuture<Void>();
        client.answer = old;
        desired(2, "{\"a\":1}");
        desk.tell();
        client.answer = CompletableFuture.completedFuture(null);
        desk.follow();

        old.completeExceptionally(new NotDeliveredException("the client is gone"));

        assertThat(client.patches).containsExactly("{\"a\":1,\"$version\":2}", "{\"a\":1,\"$version\":2}");
    }

    /** It may be over AMQP: its tree would fill the heap, and the message that it makes would be larger than any may be. */
    @Test
    void aReportThatIsLongAsTextIsNotRead() throws Exception {
        var changes = new ArrayList<Message>();
        var reporting = new TwinDesk(
                twins,
                (message, _) -> {
                    changes.add(message);
                    return CompletableFuture.completedStage(null);
                },
                client);
        var blanks = " ".repeat(PropertyRules.MAX_TEXT_BYTES);
        var longest = (blanks + "{\"a\":1}").substring(7).getBytes(UTF_8);

        var taken = reporting.report(longest).toCompletableFuture().get(10, SECONDS);
        var refused = reporting
                .report((blanks + "this is no JSON").getBytes(UTF_8))
                .toCompletableFuture()
                .get(10, SECONDS);

        assertThat(taken.status()).isEqualTo(204);
        assertThat(changes)
                .singleElement()
                .satisfies(change -> assertThat(change.size()).isLessThanOrEqualTo(Message.MAX_BYTES));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(JSON.readTree(refused.body()).path("message").asText())
                .isEqualTo("the patch has 196623 bytes with its white space and escapes, at most 196608 are read");
    }

    private void desired(long version, String json) throws Exception {
        twins.desired(SENSOR, "uid", version, Credentials.DEFAULT, (ObjectNode) JSON.readTree(json));
    }

    private static final class Client implements TwinDesk.Reader {
        private final List<String> patches = new ArrayList<>();
        private @Nullable Exception failure;
        private CompletableFuture<Void> answer = CompletableFuture.completedFuture(null);
        private @Nullable Seen seen;

        @Override
        public Identity identity() {
            return SENSOR;
        }

        @Override
        public @Nullable Seen seen() {
            return seen;
        }

        @Override
        public void seen(Seen now) {
            seen = now;
        }

        @Override
        public boolean follows() {
            return true;
        }

        @Override
        public CompletionStage<Void> patch(long version, byte[] body) {
            patches.add(new String(body, UTF_8));
            return failure == null ? answer : CompletableFuture.failedStage(failure);
        }
    }

    private static final class Shown implements StatusSink {
        @Override
        public void changed(Identity identity, State state) {}

        @Override
        public void close() {}
    }
}
