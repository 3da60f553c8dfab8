package dev.selvedge.hub.delivery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class PumpsTest {
    private static final int LARGE = 256 << 10;
    private static final int FIT_INTO_ONE = (4 << 20) / LARGE;
    private static final int FIT_INTO_ALL = (8 << 20) / LARGE;

    @TempDir
    private Path folder;

    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private MessageStore store;
    private Pumps pumps;

    @BeforeEach
    void open() throws Exception {
        store = MessageStore.open(folder, "edge-1", new StoreOptions(1 << 24, 1 << 20, 0), () -> now);
        pumps = new Pumps(store);
    }

    @AfterEach
    void close() throws Exception {
        pumps.close();
        store.close();
    }

    @Test
    void deliversInOrderWhatWaitedBeforeTheReceiverCame() throws Exception {
        publish(0, 200);
        var receiver = new Recorder(16);

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactlyElementsOf(numbers(200));
    }

    @Test
    void deliversWhatComesLater() throws Exception {
        var receiver = new Recorder(1);
        pumps.attach("e", receiver);

        publish(0, 50);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactlyElementsOf(numbers(50));
    }

    @Test
    void hasNoMoreUnansweredThanTheWindow() throws Exception {
        publish(0, 20);
        var receiver = new Silent(3);

        pumps.attach("e", receiver);

        await().until(() -> receiver.sent.size() == 3);
        receiver.answers.getFirst().complete(null);
        await().until(() -> receiver.sent.size() == 4);
        assertThat(store.queue("e").queued()).isEqualTo(19);
    }

    @Test
    void sendsAgainInOrderAfterAFailure() throws Exception {
        publish(0, 10);
        var receiver = new Recorder(1);
        receiver.failOnce = "m2";

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactlyElementsOf(numbers(10));
    }

    @Test
    void letsNothingOvertakeWhatWasRefusedOnce() throws Exception {
        publish(0, 4);
        var receiver = new Silent(4);
        pumps.attach("e", receiver);
        await().until(() -> receiver.sent.size() == 4);

        receiver.answers.getFirst().completeExceptionally(new IllegalStateException("not now"));

        await().during(Duration.ofMillis(300)).until(() -> receiver.sent.size() == 5);
        receiver.answers.getLast().complete(null);
        await().until(() -> receiver.sent.size() == 8);
        assertThat(receiver.sent.subList(4, 8)).containsExactlyElementsOf(numbers(4));
    }

    @Test
    void putsIntoQuarantineWhatTheReceiverWillNeverTake() throws Exception {
        publish(0, 3);
        var receiver = new Recorder(1);
        receiver.reject = Set.of("m1");

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactly("m0", "m2");
        assertThat(store.stats().queues().getFirst().quarantined()).isEqualTo(1);
        assertThat(store.quarantined())
                .singleElement()
                .satisfies(record -> assertThat(record.reason()).isEqualTo("never"));

        receiver.reject = Set.of();
        store.release("e").get();

        await().until(() -> receiver.taken.size() == 3);
        assertThat(receiver.taken).containsExactly("m0", "m2", "m1");
    }

    @Test
    void sendsWhatIsBehindARefusedMessageOnceWhileThatCannotBePutIntoQuarantine() throws Exception {
        impatient();
        publish(0, 4);
        breakQuarantine();
        var receiver = new Recorder(1);
        receiver.reject = Set.of("m0");

        pumps.attach("e", receiver);

        await().during(Duration.ofMillis(300)).until(() -> receiver.taken.size() == 3);
        mendQuarantine();
        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactly("m1", "m2", "m3");
        assertThat(store.quarantined()).hasSize(1);
    }

    /** @param taken what is under way already when the first one is refused, and no more, is taken in any case */
    @ParameterizedTest
    @CsvSource({"1, 48", "128, 127"})
    void waitsWhereTooMuchWouldComeAgainWhileARefusedMessageCannotBePutIntoQuarantine(int window, int taken)
            throws Exception {
        impatient();
        publish(0, 300);
        breakQuarantine();
        var receiver = new Recorder(window);
        receiver.reject = Set.of("m0");

        pumps.attach("e", receiver);

        await().during(Duration.ofMillis(300)).until(() -> receiver.taken.size() == taken);
        mendQuarantine();
        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).doesNotHaveDuplicates().hasSize(299);
    }

    @Test
    void sendsNoMoreThanMemoryHasRoomForWhileNothingCanBePutIntoQuarantine() throws Exception {
        impatient();
        publish(0, 40);
        breakQuarantine();
        var receiver = new Recorder(1);
        receiver.reject = Set.copyOf(numbers(40));

        pumps.attach("e", receiver);

        await().during(Duration.ofMillis(300)).until(() -> receiver.rejected.size() == 16);
        mendQuarantine();
        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.rejected).containsExactlyElementsOf(numbers(40));
        assertThat(store.quarantined()).hasSize(40);
    }

    @Test
    void putsIntoQuarantineWhatIsReturnedWhileTheNextOneIsTaken() throws Exception {
        impatient();
        publish(0, 5);
        var receiver = new Recorder(3);
        receiver.fail = Set.of("m1");

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken.stream().distinct()).containsExactly("m0", "m2", "m3", "m4");
        assertThat(store.quarantined())
                .singleElement()
                .satisfies(record -> assertThat(record.reason()).contains("6 times"));
    }

    @Test
    void triesTwiceWhatComesFromASourceWhoseLastMessageWasToBlame() throws Exception {
        impatient();
        publish("camera", 0, 3);
        publish("sensor", 3, 6);
        publish("camera", 6, 7);
        var receiver = new Recorder(1);
        receiver.fail = Set.of("m0", "m1", "m2");

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken.stream().distinct()).containsExactly("m3", "m4", "m5", "m6");
        assertThat(store.quarantined().stream()
                        .map(record -> record.reason().replaceAll(",.*", ""))
                        .toList())
                .containsExactly("it was returned 6 times", "it was returned 2 times", "it was returned 2 times");
    }

    /** It was handed out with those that are tried in place of another one. */
    @Test
    void sendsNothingThatExpiresBeforeItsTurn() throws Exception {
        impatient();
        publish(0, 2);
        publish("e", "m", 2, 3, now.plusSeconds(60));
        publish(3, 4);
        var receiver = new Recorder(1);
        receiver.fail = Set.of("m0");
        receiver.onTaken = text -> now = text.equals("m1") ? now.plusSeconds(3600) : now;

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactly("m1", "m3");
        assertThat(store.stats().queues().getFirst().expired()).isEqualTo(1);
    }

    @Test
    void suspectsNothingAnyMoreWhenTheSuspectExpires() throws Exception {
        impatient();
        publish("e", "m", 0, 1, now.plusSeconds(60));
        publish(1, 3);
        var receiver = new Recorder(1);
        receiver.fail = Set.of("m0");
        receiver.onTaken = text -> now = text.equals("m1") ? now.plusSeconds(3600) : now;

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactly("m1", "m2");
        assertThat(store.quarantined()).isEmpty();
        assertThat(store.stats().queues().getFirst().expired()).isEqualTo(1);
    }

    @Test
    void blamesNoMessageForAReceiverThatTakesNone() throws Exception {
        impatient();
        publish(0, 5);
        var receiver = new Recorder(3);
        receiver.fail = Set.of("m0", "m1", "m2", "m3", "m4");

        receiver.recoverAt = "m0";

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(store.quarantined()).isEmpty();
        assertThat(receiver.taken).containsExactlyElementsOf(numbers(5));
        assertThat(receiver.failed).contains("m1");
    }

    @Test
    void blamesNoMessageForAReceiverThatRecoversWhileAnotherOneIsTried() throws Exception {
        impatient();
        publish(0, 5);
        var receiver = new Recorder(3);
        receiver.fail = Set.of("m0", "m1", "m2", "m3", "m4");
        receiver.recoverAt = "m1";

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(store.quarantined()).isEmpty();
        assertThat(receiver.taken).containsExactly("m1", "m0", "m2", "m3", "m4");
    }

    @Test
    void keepsTheOrderOfEverySourceWhenAnotherSourceHasSomethingToTry() throws Exception {
        impatient();
        publish("sensor", 0, 3);
        publish("camera", 3, 5);
        var receiver = new Recorder(3);
        receiver.fail = Set.of("m0", "m1", "m2", "m3", "m4");
        receiver.recoverAt = "m3";

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(store.quarantined()).isEmpty();
        assertThat(receiver.taken).containsExactly("m3", "m0", "m1", "m2", "m4");
    }

    @Test
    void triesNothingElseInPlaceOfWhatDidNotArrive() throws Exception {
        impatient();
        publish("sensor", 0, 3);
        publish("camera", 3, 5);
        var receiver = new Recorder(1);
        receiver.failure = new TimeoutException("no answer");
        receiver.fail = Set.of("m0");
        receiver.recoverAt = "m0";

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(store.quarantined()).isEmpty();
        assertThat(receiver.taken).containsExactlyElementsOf(numbers(5));
        assertThat(receiver.failed).hasSizeGreaterThan(Recorder.MANY).containsOnly("m0");
    }

    @Test
    void givesANewReceiverWhatTheLastOneDidNotAnswer() throws Exception {
        publish(0, 5);
        var silent = new Silent(5);
        pumps.attach("e", silent);
        await().until(() -> silent.sent.size() == 5);
        var receiver = new Recorder(5);

        pumps.attach("e", receiver);
        pumps.detach("e", silent);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactlyElementsOf(numbers(5));
    }

    @Test
    void aSilentReceiverHoldsUpNobodyElse() throws Exception {
        publish("slow", "m", 0, 5);
        publish("fast", "m", 0, 5);
        pumps.attach("slow", new Silent(1));
        var fast = new Recorder(1);

        pumps.attach("fast", fast);

        await().until(() -> store.queue("fast").queued() == 0);
        assertThat(fast.taken).containsExactlyElementsOf(numbers(5));
    }

    @Test
    void holdsNoMoreBytesThanMemoryHasRoomForAndSendsTheRestInOrderAsAnswersCome() throws Exception {
        publishLarge(40, "e");
        var receiver = new Silent(128);

        pumps.attach("e", receiver);

        await().during(Duration.ofMillis(300)).until(() -> receiver.sent.size() == FIT_INTO_ONE);
        for (int i = 0; i < 40; i++) {
            var next = i;
            await().until(() -> receiver.sent.size() == Math.min(40, FIT_INTO_ONE + next));
            receiver.answers.get(i).complete(null);
        }
        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.sent).containsExactlyElementsOf(numbers(40));
    }

    @Test
    void sendsOneWhateverTheOthersHoldAndMoreWhenTheyGiveRoomBack() throws Exception {
        publishLarge(20, "a", "b", "c");
        var a = new Silent(128);
        pumps.attach("a", a);
        await().until(() -> a.sent.size() == FIT_INTO_ONE);
        var b = new Silent(128);
        pumps.attach("b", b);
        await().until(() -> b.sent.size() == FIT_INTO_ALL - FIT_INTO_ONE);
        var c = new Silent(128);

        pumps.attach("c", c);

        await().during(Duration.ofMillis(300)).until(() -> c.sent.size() == 1);
        c.answers.getFirst().complete(null);
        await().until(() -> c.sent.size() == 2);
        pumps.detach("a", a);
        await().until(() -> c.sent.size() == 1 + FIT_INTO_ONE);
        assertThat(c.sent).containsExactlyElementsOf(numbers(1 + FIT_INTO_ONE));
        assertThat(b.sent).hasSize(FIT_INTO_ALL - FIT_INTO_ONE);
    }

    @Test
    void givesBackWhatWentIntoQuarantine() throws Exception {
        publishLarge(40, "e");
        var receiver = new Recorder(128);
        receiver.reject = Set.copyOf(numbers(40));

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.rejected).containsExactlyElementsOf(numbers(40));
        assertThat(store.quarantined()).hasSize(40);
    }

    /** Where there is room for hardly any: one to try is always there. */
    @Test
    void findsOutWhichLargeMessageIsToBlameWhereOthersHoldAllThatThereIsRoomFor() throws Exception {
        impatient();
        publishLarge(20, "a", "b");
        publishLarge(3, "e");
        for (var endpoint : List.of("a", "b")) {
            pumps.attach(endpoint, new Silent(128));
        }
        var receiver = new Recorder(3);
        receiver.fail = Set.of("m0");

        pumps.attach("e", receiver);

        await().until(() -> store.queue("e").queued() == 0);
        assertThat(receiver.taken).containsExactly("m1", "m2");
        assertThat(store.quarantined()).hasSize(1);
    }

    /** A file is where its folder should be. */
    private void breakQuarantine() throws IOException {
        Files.delete(folder.resolve("quarantine"));
        Files.createFile(folder.resolve("quarantine"));
    }

    private void mendQuarantine() throws IOException {
        Files.delete(folder.resolve("quarantine"));
        Files.createDirectory(folder.resolve("quarantine"));
    }

    private void impatient() {
        pumps.close();
        pumps = new Pumps(store, Duration.ofMillis(1));
    }

    private void publish(int from, int to) throws Exception {
        publish("m", from, to);
    }

    private void publish(String source, int from, int to) throws Exception {
        publish("e", source, from, to);
    }

    private void publish(String endpoint, String source, int from, int to) throws Exception {
        publish(endpoint, source, from, to, Instant.ofEpochMilli(Long.MAX_VALUE));
    }

    private void publish(String endpoint, String source, int from, int to, Instant expiry) throws Exception {
        for (int i = from; i < to; i++) {
            var body = ("m" + i).getBytes(StandardCharsets.UTF_8);
            var message = new Message(Identity.module("edge-1", source), null, Map.of(), Map.of(), body);
            var destination = new Destination(endpoint, Destination.NO_PRIORITY, expiry.toEpochMilli());
            store.append(source, MessageCodec.encode(message), List.of(destination))
                    .get();
        }
    }

    /** Each message goes to all of the endpoints. */
    private void publishLarge(int to, String... endpoints) throws Exception {
        var destinations = Stream.of(endpoints)
                .map(endpoint -> new Destination(endpoint, Destination.NO_PRIORITY, Long.MAX_VALUE))
                .toList();
        for (int i = 0; i < to; i++) {
            store.append("m", MessageCodec.encode(large(i)), destinations).get();
        }
    }

    /** Of 256 KiB as the store has it: its number, and blanks. */
    private static Message large(int number) {
        var empty = new Message(Identity.module("edge-1", "m"), null, Map.of(), Map.of(), new byte[0]);
        var body = new byte[LARGE - MessageCodec.encode(empty).length];
        Arrays.fill(body, (byte) ' ');
        var text = ("m" + number).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, body, 0, text.length);
        return new Message(empty.sender(), null, Map.of(), Map.of(), body);
    }

    private static List<String> numbers(int to) {
        return IntStream.range(0, to).mapToObj(i -> "m" + i).toList();
    }

    private static String text(Delivery delivery) {
        return new String(delivery.message().body(), StandardCharsets.UTF_8).strip();
    }

    /** Takes everything at once. */
    private static final class Recorder implements Receiver {
        private final List<String> taken = new CopyOnWriteArrayList<>();
        private final int window;
        private String failOnce = "";
        private volatile Set<String> reject = Set.of();
        private final List<String> rejected = new CopyOnWriteArrayList<>();
        private volatile Set<String> fail = Set.of();
        private Consumer<String> onTaken = _ -> {};
        private Exception failure = new ReturnedException("not this one");
        private final List<String> failed = new CopyOnWriteArrayList<>();
        /** With which message it takes everything again, once it has failed {@value #MANY} times. */
        private volatile String recoverAt = "";

        private static final int MANY = 12;

        Recorder(int window) {
            this.window = window;
        }

        @Override
        public int window() {
            return window;
        }

        @Override
        public CompletionStage<Void> send(Delivery delivery) {
            var text = text(delivery);
            if (text.equals(failOnce)) {
                failOnce = "";
                return CompletableFuture.failedFuture(new IllegalStateException("not now"));
            }
            if (failed.size() > MANY && text.equals(recoverAt)) {
                fail = Set.of();
            }
            if (fail.contains(text)) {
                failed.add(text);
                return CompletableFuture.failedFuture(failure);
            }
            if (reject.contains(text)) {
                rejected.add(text);
                return CompletableFuture.failedFuture(new RejectedException("never"));
            }
            taken.add(text);
            onTaken.accept(text);
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Answers when it is told to. */
    private static final class Silent implements Receiver {
        private final List<String> sent = new CopyOnWriteArrayList<>();
        private final List<CompletableFuture<Void>> answers = new CopyOnWriteArrayList<>();
        private final int window;

        Silent(int window) {
            this.window = window;
        }

        @Override
        public int window() {
            return window;
        }

        @Override
        public CompletionStage<Void> send(Delivery delivery) {
            var answer = new CompletableFuture<Void>();
            answers.add(answer);
            sent.add(text(delivery));
            return answer;
        }
    }
}
