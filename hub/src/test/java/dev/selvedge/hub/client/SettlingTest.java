package dev.selvedge.hub.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SettlingTest {
    private final List<FutureTask<Void>> timers = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private final Settling settling = new Settling(Duration.ofSeconds(3), (delay, task) -> {
        assertThat(delay).hasSeconds(3);
        var timer = new FutureTask<Void>(task, null);
        timers.add(timer);
        return timer;
    });

    @Test
    void whatWaitsIsDoneInOrderWhenTheMomentIsOver() {
        settling.then(() -> done.add("first"));
        settling.begin();
        settling.then(() -> done.add("second"));
        assertThat(done).isEmpty();

        timers.getFirst().run();
        assertThat(done).containsExactly("first", "second");

        settling.then(() -> done.add("third"));
        assertThat(done).endsWith("third");
    }

    @Test
    void theMomentBeginsAnewUntilItIsOver() {
        settling.begin();
        settling.then(() -> done.add("it"));
        settling.begin();

        assertThat(timers.getFirst()).isCancelled();
        timers.getFirst().run();
        assertThat(done).isEmpty();
        timers.getLast().run();
        assertThat(done).containsExactly("it");

        settling.begin();
        assertThat(timers).hasSize(2);
    }

    @Test
    void itIsOverWhenTheClientIsGone() {
        settling.begin();
        settling.then(() -> done.add("it"));

        settling.end();

        assertThat(timers.getFirst()).isCancelled();
        assertThat(done).containsExactly("it");
    }

    @Test
    void aMomentOfNoLengthIsOverAtOnce() {
        var none = new Settling(Duration.ZERO, (_, _) -> {
            throw new AssertionError("no timer is needed");
        });
        none.then(() -> done.add("it"));

        none.begin();

        assertThat(done).containsExactly("it");
    }
}
