package dev.selvedge.hub.delivery;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreException;
import dev.selvedge.hub.store.StoreFullException;

/** Stores a message for every endpoint that the routes in force lead it to. */
public final class RoutedIntake implements Intake {
    private final RouterHolder routers;
    private final MessageStore store;
    private final InstantSource clock;
    private final LongAdder unrouted = new LongAdder();
    private final LongAdder turnedAway = new LongAdder();

    public RoutedIntake(RouterHolder routers, MessageStore store, InstantSource clock) {
        this.routers = routers;
        this.store = store;
        this.clock = clock;
    }

    @Override
    public CompletionStage<Void> accept(Message message, Optional<Duration> lifetime) {
        var inForce = routers.current();
        if (inForce.isEmpty()) {
            return CompletableFuture.failedFuture(new StoreException("this hub has no routes yet"));
        }
        var now = clock.millis();
        var destinations = inForce.get().router().route(message, now);
        if (destinations.isEmpty()) {
            if (!message.isTwinChange()) {
                unrouted.increment();
            }
            return CompletableFuture.completedFuture(null);
        }
        var limited =
                lifetime.map(life -> limit(destinations, now + life.toMillis())).orElse(destinations);
        return store.append(message.sender().toString(), MessageCodec.encode(message), limited)
                .whenComplete((_, failure) -> {
                    if (failure instanceof StoreFullException) {
                        turnedAway.increment();
                    }
                });
    }

    private static List<Destination> limit(List<Destination> destinations, long endMillis) {
        return destinations.stream().map(to -> to.notAfter(endMillis)).toList();
    }

    /** Messages that no route took, since the start. */
    public long unrouted() {
        return unrouted.sum();
    }

    /** Messages that the store had no room for, since the start. */
    public long turnedAway() {
        return turnedAway.sum();
    }
}
