package dev.selvedge.operator.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class FirstListsTest {
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final CompletableFuture<Void> pods = new CompletableFuture<>();
    private final CompletableFuture<Void> secrets = new CompletableFuture<>();
    private final FirstLists lists = new FirstLists(Map.of("Secret", secrets, "Pod", pods));

    @Test
    void aListMayTakeAsLongAsItTakesAndIsNamedMeanwhile() {
        var told = new ArrayList<List<String>>();

        lists.await(PAUSE, missing -> {
            told.add(missing);
            switch (told.size()) {
                case 2 -> pods.complete(null);
                case 100 -> secrets.complete(null);
                default -> {
                    // they take their time
                }
            }
        });

        assertThat(told).hasSize(100).startsWith(List.of("Pod", "Secret")).endsWith(List.of("Secret"));
    }

    @Test
    void oneThatFailsEndsTheWaitForTheOthers() {
        pods.completeExceptionally(new IllegalArgumentException("pods is forbidden"));

        assertThatIllegalStateException()
                .isThrownBy(() -> lists.await(PAUSE, _ -> {}))
                .withMessageContaining("pods is forbidden");
    }
}
