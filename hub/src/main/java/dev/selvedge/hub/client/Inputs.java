package dev.selvedge.hub.client;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Receiver;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.identity.Identity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one connected client takes messages: the inputs of a module that routes lead to, or the one of a device, {@link #DEVICE_BOUND}. A receiver
 * is attached for each. The client has one message in flight, whichever its input is: that keeps the order, and C#'s SDK drops a connection on which
 * handlers that ran side by side end in another order than they began. The connection's event loop, but for sends.
 */
public final class Inputs {
    /** What a device has in place of inputs. */
    public static final String DEVICE_BOUND = "messages/devicebound";

    private static final Logger LOG = LoggerFactory.getLogger(Inputs.class);

    private final Identity client;
    private final Endpoints endpoints;
    private final Consumer<Runnable> loop;
    private final Settling settling;
    private final Door door;
    private final Map<String, Input> attached = new HashMap<>();
    private final ArrayDeque<Turn> turns = new ArrayDeque<>();
    private boolean inFlight;

    /** What the client's protocol does with a message for an input. */
    @FunctionalInterface
    public interface Door {
        /** Sends on the event loop; completes, or throws, as {@link Receiver#send} does. */
        CompletionStage<Void> send(String input, Delivery delivery);
    }

    /**
     * @param loop runs a task on the connection's event loop
     * @param settling nothing is sent before it is over
     */
    public Inputs(Identity client, Endpoints endpoints, Consumer<Runnable> loop, Settling settling, Door door) {
        this.client = client;
        this.endpoints = endpoints;
        this.loop = loop;
        this.settling = settling;
        this.door = door;
    }

    /** Attaches what is new among the inputs that the client can take messages on, and detaches the others. */
    public void attach(Set<String> names) {
        attached.values().removeIf(input -> {
            var gone = !names.contains(input.name);
            if (gone) {
                endpoints.detach(endpoint(input.name), input);
            }
            return gone;
        });
        for (var name : names) {
            if (!attached.containsKey(name)) {
                var input = new Input(name);
                attached.put(name, input);
                endpoints.attach(endpoint(name), input);
            }
        }
    }

    private String endpoint(String input) {
        var module = client.moduleId();
        return module == null ? Endpoints.deviceBound(client.deviceId()) : Endpoints.input(module, input);
    }

    private void takeTurns() {
        while (!inFlight && !turns.isEmpty()) {
            var turn = turns.remove();
            var done = turn.done; // without the message, whose answer may be long in coming
            inFlight = true;
            answer(turn).whenComplete((_, failure) -> {
                inFlight = false;
                if (failure == null) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(failure);
                }
                takeTurns();
            });
        }
    }

    /** The pump waits for this answer: what it would catch on its own thread must reach it from here too. */
    private CompletionStage<Void> answer(Turn turn) {
        if (attached.get(turn.input.name) != turn.input) {
            return CompletableFuture.failedFuture(new NotDeliveredException(client + " takes no messages now"));
        }
        try {
            return door.send(turn.input.name, turn.delivery);
        } catch (RuntimeException e) {
            LOG.error("a message cannot be sent: client={} input={}", client, turn.input.name, e);
            return CompletableFuture.failedFuture(new ReturnedException(e.toString()));
        }
    }

    private record Turn(Input input, Delivery delivery, CompletableFuture<Void> done) {}

    private final class Input implements Receiver {
        private final String name;

        Input(String name) {
            this.name = name;
        }

        @Override
        public int window() {
            return 1;
        }

        @Override
        public CompletionStage<Void> send(Delivery delivery) {
            var turn = new Turn(this, delivery, new CompletableFuture<>());
            loop.accept(() -> settling.then(() -> {
                turns.add(turn);
                takeTurns();
            }));
            return turn.done;
        }
    }
}
