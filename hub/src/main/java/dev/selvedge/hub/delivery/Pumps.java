package dev.selvedge.hub.delivery;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import dev.selvedge.hub.store.MessageStore;

/** One {@link Pump} for each endpoint. They share a thread, which never waits for a receiver, so a slow one holds up nobody. */
public final class Pumps implements Endpoints, AutoCloseable {
    private static final long STOP_SECONDS = 5;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    private final MessageStore store;
    private final Duration firstPause;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("selvedge-delivery").factory());
    private final HeldBytes held = new HeldBytes();
    private final Map<String, Pump> pumps = new ConcurrentHashMap<>();

    public Pumps(MessageStore store) {
        this(store, FIRST_PAUSE);
    }

    Pumps(MessageStore store, Duration firstPause) {
        this.store = store;
        this.firstPause = firstPause;
    }

    @Override
    public void attach(String endpoint, Receiver receiver) {
        pump(endpoint).attach(receiver);
    }

    @Override
    public void detach(String endpoint, Receiver receiver) {
        pump(endpoint).detach(receiver);
    }

    private Pump pump(String endpoint) {
        return pumps.computeIfAbsent(endpoint, name -> new Pump(store.queue(name), executor, firstPause, held));
    }

    /** Sends nothing more; what was not acknowledged stays in the store. */
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
