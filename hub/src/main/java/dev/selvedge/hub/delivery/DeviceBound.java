package dev.selvedge.hub.delivery;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;

/** The way to downstream devices: what is sent to one from outside is stored until the device takes it. Any thread. */
@FunctionalInterface
public interface DeviceBound {
    /** Completes when the message is on disk; fails as {@link Intake#accept} does. */
    CompletionStage<Void> accept(String deviceId, Message message, Duration timeToLive);

    /** Into a store, with no priority: nothing on its way to a device overtakes what a route gave one. */
    static DeviceBound into(MessageStore store, InstantSource clock) {
        return (deviceId, message, timeToLive) -> store.append(
                MessageCodec.encode(message),
                List.of(new Destination(
                        Endpoints.deviceBound(deviceId),
                        Destination.NO_PRIORITY,
                        clock.millis() + timeToLive.toMillis())));
    }
}
