package dev.selvedge.hub.method;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import dev.selvedge.hub.method.MethodException.Cause;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class MethodsTest {
    private static final Identity MODULE = Identity.module("edge-1", "filter");
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final MethodAnswer ANSWER = new MethodAnswer(200, new byte[0]);

    private final Methods methods = new Methods(_ -> Optional.of(Credentials.DEFAULT));

    @Test
    void keepsNothingOfACallThatWaitedLongEnough() {
        for (int i = 0; i < 3; i++) {
            assertFails(call("reset", Duration.ofMillis(1)), Cause.NOT_FOUND);
        }

        assertThat(methods.waiting()).isZero();
    }

    @Test
    void makesTheCallsThatWaitStillInTheOrderTheyCame() {
        var gaveUp = call("one", Duration.ofMillis(1));
        var first = call("two", SOON);
        var second = call("three", SOON);
        assertThat(gaveUp).failsWithin(SOON);

        var made = new ArrayList<String>();
        methods.attach(MODULE, call -> {
            made.add(call.name());
            return CompletableFuture.completedFuture(ANSWER);
        });

        assertThat(first).succeedsWithin(SOON);
        assertThat(second).succeedsWithin(SOON);
        assertThat(made).containsExactly("two", "three");
        assertThat(methods.waiting()).isZero();
    }

    @Test
    void letsOnlySoManyCallsWait() {
        var waiting = Stream.generate(() -> call("reset", LONG))
                .limit(Methods.MAX_WAITING)
                .toList();

        assertFails(call("reset", LONG), Cause.TOO_MANY);
        methods.attach(MODULE, _ -> CompletableFuture.completedFuture(ANSWER));

        assertThat(waiting)
                .allSatisfy(call -> assertThat(call).succeedsWithin(SOON).isEqualTo(ANSWER));
        assertThat(call("reset", LONG)).succeedsWithin(SOON);
    }

    @Test
    void letsOnlySoManyBytesWait() {
        var fit = Methods.MAX_WAITING_BYTES / MethodRequest.MAX_PAYLOAD;
        for (var i = 0; i < fit; i++) {
            assertThat(call("reset", new byte[MethodRequest.MAX_PAYLOAD], LONG)).isNotDone();
        }

        assertFails(call("reset", new byte[1], LONG), Cause.TOO_MANY);
        assertThat(call("reset", LONG)).isNotDone();
    }

    @Test
    void passesNoLongAnswerOn() {
        methods.attach(
                MODULE,
                call -> CompletableFuture.completedFuture(new MethodAnswer(
                        200, new byte[MethodRequest.MAX_PAYLOAD + (call.name().equals("long") ? 1 : 0)])));

        assertThat(call("short", SOON)).succeedsWithin(SOON);
        assertFails(call("long", SOON), Cause.NO_ANSWER);
    }

    private static void assertFails(CompletableFuture<MethodAnswer> call, Cause why) {
        assertThat(call)
                .failsWithin(SOON)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        MethodException.class, e -> assertThat(e.why()).isEqualTo(why));
    }

    private CompletableFuture<MethodAnswer> call(String name, Duration connect) {
        return call(name, new byte[0], connect);
    }

    private CompletableFuture<MethodAnswer> call(String name, byte[] payload, Duration connect) {
        return methods.call(MODULE, new MethodRequest(name, payload, connect, SOON))
                .toCompletableFuture();
    }
}
