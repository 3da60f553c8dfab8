package dev.selvedge.hub.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.client.Callers.Wish;
import dev.selvedge.hub.delivery.DeviceBound;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.Percent;
import dev.selvedge.hub.security.IdentityRegistry;
import dev.selvedge.hub.store.StoreFullException;
import dev.selvedge.identity.Identity;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /devices/{device}/messages/devicebound}: a message for a downstream device, its properties in headers as IoT Hub's HTTPS API has
 * them. Answers 204 when the message is on disk; the device gets it when it is there, within an hour or until {@code iothub-expiry}.
 */
public final class DeviceBoundDoor implements Door {
    private static final Duration TIME_TO_LIVE = Duration.ofHours(1);
    private static final String PROPERTY = "iothub-app-";
    private static final String EXPIRY = "iothub-expiry";
    /** Headers of system properties, by edgeHub's inward names. */
    private static final Map<String, String> SYSTEM = Map.of(
            "iothub-messageid", "messageId",
            "iothub-correlationid", "cid",
            "content-type", "contentType",
            "content-encoding", "contentEncoding");

    private final Identity hub;
    private final IdentityRegistry registry;
    private final DeviceBound deviceBound;
    private final InstantSource clock;

    /** @param hub as whom messages from outside are kept */
    public DeviceBoundDoor(Identity hub, IdentityRegistry registry, DeviceBound deviceBound, InstantSource clock) {
        this.hub = hub;
        this.registry = registry;
        this.deviceBound = deviceBound;
        this.clock = clock;
    }

    @Override
    public String paths() {
        return "/devices/{device}/messages/devicebound";
    }

    @Override
    public Optional<Identity> target(String path) {
        var parts = path.split("/", -1);
        if (parts.length != 5
                || !parts[0].isEmpty()
                || !parts[1].equals("devices")
                || !parts[3].equals("messages")
                || !parts[4].equals("devicebound")) {
            return Optional.empty();
        }
        try {
            return Optional.of(Identity.device(Percent.decode(parts[2])));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    @Override
    public Wish wish() {
        return Wish.SEND_MESSAGES;
    }

    @Override
    public int maxBody() {
        return Message.MAX_BYTES;
    }

    @Override
    public boolean keepsBody() {
        return true;
    }

    @Override
    public CompletionStage<Answer> receive(Identity target, HttpServerRequest request, byte[] body) {
        try {
            if (registry.credentials(target).isEmpty()) {
                throw new HttpException(404, "this hub knows no device " + target);
            }
            var message = message(target, request, body);
            return deviceBound
                    .accept(target.deviceId(), message, timeToLive(request.getHeader(EXPIRY)))
                    .thenApply(_ -> new Answer(204, new byte[0]))
                    .exceptionallyCompose(e -> CompletableFuture.failedFuture(told(e)));
        } catch (HttpException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Message message(Identity target, HttpServerRequest request, byte[] body) throws HttpException {
        var system = new LinkedHashMap<String, String>();
        var properties = new LinkedHashMap<String, String>();
        system.put("to", "/devices/" + target.deviceId() + "/messages/devicebound");
        for (var header : request.headers()) {
            var name = header.getKey();
            var lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith(PROPERTY) && lower.length() > PROPERTY.length()) {
                properties.put(name.substring(PROPERTY.length()), header.getValue());
            } else if (SYSTEM.containsKey(lower)) {
                system.put(SYSTEM.get(lower), header.getValue());
            }
        }
        var message = new Message(hub, null, system, properties, body);
        if (message.size() > Message.MAX_BYTES) {
            throw new HttpException(
                    413,
                    "a message of " + message.size() + " bytes with its properties, at most " + Message.MAX_BYTES
                            + " are taken");
        }
        return message;
    }

    private Duration timeToLive(@Nullable String expiry) throws HttpException {
        if (expiry == null) {
            return TIME_TO_LIVE;
        }
        try {
            var left = Math.subtractExact(Instant.parse(expiry).toEpochMilli(), clock.millis());
            if (left < 0) {
                throw new HttpException(400, EXPIRY + " is over: " + expiry);
            }
            return Duration.ofMillis(left);
        } catch (DateTimeParseException | ArithmeticException e) {
            throw new HttpException(400, EXPIRY + " must be a time like 2030-01-02T03:04:05Z, not '" + expiry + "'");
        }
    }

    private static Throwable told(Throwable failure) {
        var cause = Stages.cause(failure);
        return cause instanceof StoreFullException
                ? new HttpException(429, "the store is full: " + cause.getMessage())
                : cause;
    }
}
