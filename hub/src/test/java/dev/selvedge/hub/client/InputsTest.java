package dev.selvedge.hub.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.RunningHub.Attached;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.message.Message;
import org.junit.jupiter.api.Test;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static org.assertj.core.api.Assertions.assertThat;

class InputsTest {
    private final Attached endpoints = new Attached();
    private final Settling settling = new Settling(Duration.ZERO, (_, _) -> CompletableFuture.completedFuture(null));
    private final List<String> sent = new ArrayList<>();
    private final List<CompletableFuture<Void>> answers = new ArrayList<>();
    private final Inputs inputs = new Inputs(FILTER, endpoints, Runnable::run, settling, (input, _) -> {
        sent.add(input);
        var answer = new CompletableFuture<Void>();
        answers.add(answer);
        return answer;
    });

    @Test
    void aMessageThatCannotBeSentIsReturned() {
        var broken = new Inputs(FILTER, endpoints, Runnable::run, settling, (_, _) -> {
            throw new IllegalArgumentException("no packet holds it");
        });
        broken.attach(Set.of("input1"));
        settling.begin();

        for (var time : List.of("the first", "the second")) {
            assertThat(send("input1"))
                    .as(time)
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withCauseInstanceOf(ReturnedException.class)
                    .withMessageContaining("no packet holds it");
        }
    }

    @Test
    void aClientHasOneMessageInFlightWhicheverItsInput() {
        inputs.attach(Set.of("input1", "input2"));
        settling.begin();

        var first = send("input1");
        var second = send("input2");
        assertThat(sent).containsExactly("input1");

        answers.getFirst().completeExceptionally(new NotDeliveredException("no answer"));
        assertThat(first).isCompletedExceptionally();
        assertThat(sent).containsExactly("input1", "input2");
        assertThat(second).isNotDone();

        answers.getLast().complete(null);
        assertThat(second).isCompleted();
    }

    @Test
    void whatWaitsForItsTurnFailsWhenTheClientIsGone() {
        inputs.attach(Set.of("input1", "input2"));
        settling.begin();
        var first = send("input1");
        var second = send("input2");

        inputs.attach(Set.of());
        answers.getFirst().completeExceptionally(new NotDeliveredException("the client is gone"));

        assertThat(first).isCompletedExceptionally();
        assertThat(second).isCompletedExceptionally();
        assertThat(sent).containsExactly("input1");
    }

    @Test
    void nothingIsSentBeforeTheClientHasSettled() {
        inputs.attach(Set.of("input1"));

        var early = send("input1");
        assertThat(sent).isEmpty();
        settling.begin();

        assertThat(sent).containsExactly("input1");
        answers.getFirst().complete(null);
        assertThat(early).isCompleted();
    }

    private CompletableFuture<Void> send(String input) {
        var message = new Message(SENSOR, null, Map.of(), Map.of(), new byte[0]);
        CompletionStage<Void> answer =
                endpoints.receivers.get("modules/filter/inputs/" + input).send(new Delivery(message, 0, 1, 1, 1));
        return answer.toCompletableFuture();
    }
}
