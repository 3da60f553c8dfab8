package dev.selvedge.hub.client;

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
 * is attached for each. The connection's event loop, but for sends.
 */
public final class Inputs {
    /** What a device has in place of inputs. */
    public static final String DEVICE_BOUND = "messages/devicebound";

    private static final Logger LOG = LoggerFactory.getLogger(Inputs.class);

    private final Identity client;
    private final Endpoints endpoints;
    private final Consumer<Runnable> loop;
    private final Door door;
    private final Map<String, Input> attached = new HashMap<>();

    /** What the client's protocol does with a message for an input. */
    @FunctionalInterface
    public interface Door {
        /** Sends on the event loop; completes, or throws, as {@link Receiver#send} does. */
        CompletionStage<Void> send(String input, Delivery delivery);
    }

    /** @param loop runs a task on the connection's event loop */
    public Inputs(Identity client, Endpoints endpoints, Consumer<Runnable> loop, Door door) {
        this.client = client;
        this.endpoints = endpoints;
        this.loop = loop;
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

    /** One message in flight: that keeps the order. */
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
            var done = new CompletableFuture<Void>();
            loop.accept(() -> pass(delivery, done));
            return done;
        }

        private void pass(Delivery delivery, CompletableFuture<Void> done) {
            if (attached.get(name) != this) {
                done.completeExceptionally(new NotDeliveredException(client + " takes no messages now"));
                return;
            }
            answer(delivery).whenComplete((_, failure) -> {
                if (failure == null) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(failure);
                }
            });
        }

        /** The pump waits for this answer: what it would catch on its own thread must reach it from here too. */
        private CompletionStage<Void> answer(Delivery delivery) {
            try {
                return door.send(name, delivery);
            } catch (RuntimeException e) {
                LOG.error("a message cannot be sent: client={} input={}", client, name, e);
                return CompletableFuture.failedFuture(new ReturnedException(e.toString()));
            }
        }
    }
}
