package dev.selvedge.hub.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Receiver;
import dev.selvedge.identity.Identity;

/** The inputs of one connected module: a receiver attached for each that routes lead to. The connection's event loop, but for sends. */
final class Inputs {
    private static final int MAX_TOPIC_BYTES = 65_535;

    private final Identity module;
    private final Wire wire;
    private final Outbox outbox;
    private final Endpoints endpoints;
    private final Supplier<OptionalInt> qos;
    private final Map<String, Input> attached = new HashMap<>();

    /** @param qos the service that the client's subscription to its inputs was granted; empty when there is none */
    Inputs(Identity module, Wire wire, Outbox outbox, Endpoints endpoints, Supplier<OptionalInt> qos) {
        this.module = module;
        this.wire = wire;
        this.outbox = outbox;
        this.endpoints = endpoints;
        this.qos = qos;
    }

    /** Attaches what is new among the inputs that the module can take messages on, and detaches the others. */
    void attach(Set<String> names) {
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
        return Endpoints.input(String.valueOf(module.moduleId()), input);
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
            var message = delivery.message();
            var topic = Topics.input(module, name, message);
            var bytes = topic.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_TOPIC_BYTES) {
                return CompletableFuture.failedFuture(new RejectedException(
                        "its properties make a topic of " + bytes + " bytes, MQTT takes " + MAX_TOPIC_BYTES));
            }
            var done = new CompletableFuture<Void>();
            wire.run(() -> publish(topic, message.body(), done));
            return done;
        }

        private void publish(String topic, byte[] body, CompletableFuture<Void> done) {
            var granted = qos.get();
            if (granted.isEmpty() || attached.get(name) != this) {
                done.completeExceptionally(new Outbox.NotDeliveredException(module + " takes no messages now"));
                return;
            }
            outbox.publish(topic, granted.getAsInt(), body).whenComplete((_, failure) -> {
                if (failure == null) {
                    done.complete(null);
                } else {
                    done.completeExceptionally(failure);
                }
            });
        }
    }
}
