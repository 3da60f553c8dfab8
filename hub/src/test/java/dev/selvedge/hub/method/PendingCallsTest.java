package dev.selvedge.hub.method;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PendingCallsTest {
    private final PendingCalls calls = new PendingCalls();
    private final PendingCalls.Answer answer = calls.open(new MethodCall("1", "reset", new byte[0]));
    private final CompletableFuture<Void> sent = new CompletableFuture<>();

    @Test
    void waitsForNoAnswerToWhatCannotBeSent() {
        sent.completeExceptionally(new IllegalStateException("too large"));

        calls.carried(answer, sent);

        assertThat(answer.exceptionNow()).hasMessage("too large");
    }

    @Test
    void sendsNoMoreWhatNobodyWaitsFor() {
        calls.carried(answer, sent);
        var isCancelledWhenToldSo = answer.handle((_, _) -> sent.isCancelled());

        answer.completeExceptionally(new TimeoutException());

        assertThat(isCancelledWhenToldSo.join()).isTrue();
    }

    @Test
    void takesSoManyBytesAndMoreWhenTheyAreAnswered() {
        var half = new byte[PendingCalls.MAX_BYTES / 2];
        calls.open(new MethodCall("2", "reset", half));
        calls.open(new MethodCall("3", "reset", half));

        assertThat(calls.open(new MethodCall("4", "reset", new byte[1])).exceptionNow())
                .hasMessage("calls with 2097152 bytes of payload are unanswered already");
        calls.answered("2", new MethodAnswer(200, new byte[0]));
        assertThat(calls.open(new MethodCall("5", "reset", half))).isNotDone();
    }

    @Test
    void waitsOnWhenOnlyItsReceiptIsLate() {
        calls.carried(answer, sent);

        sent.completeExceptionally(new IllegalStateException("no PUBACK"));

        assertThat(answer).isNotDone();
        assertThat(calls.answered("1", new MethodAnswer(200, new byte[0]))).isTrue();
    }
}
