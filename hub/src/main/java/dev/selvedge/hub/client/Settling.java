package dev.selvedge.hub.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * The moment that a client gets to set its handlers before what waited for it is sent.
 *
 * <p>C#'s SDK sets the handler of an input only after the hub has granted the subscription, and Node's and C#'s acknowledge a message that finds no
 * handler: it would be lost. So would what a kept session is owed, when it comes right behind the CONNACK. edgeHub waits as long before it makes a
 * call that was waiting, and its backlog waits for up to a minute. The connection's event loop.
 */
public final class Settling {
    /** What edgeHub gives a client that has just subscribed to methods. */
    public static final Duration MOMENT = Duration.ofSeconds(3);

    private final Duration moment;
    private final Timer timer;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private @Nullable Future<?> end;
    private boolean over;

    /** Runs a task on the connection's event loop after a while. */
    @FunctionalInterface
    public interface Timer {
        Future<?> after(Duration delay, Runnable task);
    }

    public Settling(Duration moment, Timer timer) {
        this.moment = moment;
        this.timer = timer;
    }

    /** The client has come, or has subscribed: the moment begins, anew if need be. Once it is over it is over for this connection. */
    public void begin() {
        if (over) {
            return;
        }
        cancel();
        if (moment.isZero()) {
            end();
        } else {
            end = timer.after(moment, this::end);
        }
    }

    /** Runs the task when the moment is over. */
    public void then(Runnable task) {
        if (over) {
            task.run();
        } else {
            waiting.add(task);
        }
    }

    /** It is over now: its time has come, or the client is gone. */
    public void end() {
        over = true;
        cancel();
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    private void cancel() {
        if (end != null) {
            end.cancel(false);
        }
    }
}
