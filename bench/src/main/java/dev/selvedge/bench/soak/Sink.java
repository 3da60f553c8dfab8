package dev.selvedge.bench.soak;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import dev.selvedge.bench.load.Access;
import dev.selvedge.bench.load.Ledger;
import dev.selvedge.bench.load.Subscriber;
import org.jspecify.annotations.Nullable;

/** A receiver that comes back whenever its connection is lost, and can be made slow or sent away. A thread of its own. */
final class Sink implements AutoCloseable {
    private static final long LOOK_EVERY_MILLIS = 50;

    private final String name;
    private final Callable<Access> access;
    private final Ledger ledger = new Ledger();
    private final Thread thread;
    private volatile long pauseNanos;
    private volatile boolean away;
    private volatile boolean stopping;

    Sink(String name, Callable<Access> access) {
        this.name = name;
        this.access = access;
        thread = Thread.ofPlatform().daemon().name("sink-" + name).start(this::run);
    }

    private void run() {
        @Nullable Subscriber subscriber = null;
        while (!stopping) {
            try {
                if (subscriber != null && (away || !subscriber.alive())) {
                    subscriber.close();
                    subscriber = null;
                } else if (subscriber == null && !away) {
                    subscriber = new Subscriber(access.call(), false, this::arrived);
                }
            } catch (Exception _) {
                // its server is away: again in a moment
                subscriber = null;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MILLIS));
        }
        close(subscriber);
    }

    private static void close(@Nullable Subscriber subscriber) {
        try {
            if (subscriber != null) {
                subscriber.close();
            }
        } catch (IOException _) {
            // it was gone already
        }
    }

    private void arrived(int source, long number, long sentNanos) {
        var pause = pauseNanos;
        if (pause > 0) {
            LockSupport.parkNanos(pause);
        }
        ledger.arrived(source, number, sentNanos);
    }

    String name() {
        return name;
    }

    Ledger ledger() {
        return ledger;
    }

    /** From now on it needs so long for each message. */
    void pause(double millis) {
        pauseNanos = Math.round(millis * 1e6);
    }

    /** Sends it away, or lets it come back. */
    void away(boolean isAway) {
        away = isAway;
    }

    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
