package dev.selvedge.operator.cache;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Waits until each watch has its first list, however long that takes: a process that gave up would be started again, and begin all of them anew. */
final class FirstLists {
    private final Map<String, CompletableFuture<Void>> lists;

    /** For lists that are on their way, by what they list. */
    FirstLists(Map<String, CompletableFuture<Void>> lists) {
        this.lists = lists;
    }

    /**
     * Returns when all are there. Throws IllegalStateException when one fails.
     *
     * @param tell told, after each pause, which are still missing
     */
    void await(Duration pause, Consumer<List<String>> tell) {
        var end = end();
        while (true) {
            try {
                end.get(pause.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException _) {
                tell.accept(missing());
            } catch (ExecutionException e) {
                throw new IllegalStateException("cannot list and watch what the operator needs: " + e.getCause(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for the first lists", e);
            }
        }
    }

    /** When all are there, or one fails. */
    private CompletableFuture<?> end() {
        var failed = new CompletableFuture<Void>();
        for (var list : lists.values()) {
            var _ = list.whenComplete((_, error) -> {
                if (error != null) {
                    failed.completeExceptionally(error);
                }
            });
        }
        return CompletableFuture.anyOf(
                CompletableFuture.allOf(lists.values().toArray(CompletableFuture[]::new)), failed);
    }

    private List<String> missing() {
        return lists.entrySet().stream()
                .filter(list -> !list.getValue().isDone())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }
}
