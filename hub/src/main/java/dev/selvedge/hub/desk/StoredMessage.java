package dev.selvedge.hub.desk;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.MessageCodec;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * One message of one endpoint as a line of JSON says it. Times are ISO 8601. What is told and not needed to store it again: {@code sequence},
 * {@code storedAt}, {@code reason}.
 *
 * @param priority null: after all that have one
 * @param expiresAt null: never
 * @param quarantinedAt since when its time to live stands still; null: it goes on
 * @param body the body when it is text
 * @param bodyBase64 the body when it is not
 * @param recordBase64 the whole record when it is no message that this version knows; then there is no sender
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StoredMessage(
        String endpoint,
        @Nullable Integer priority,
        long sequence,
        @Nullable String storedAt,
        @Nullable String expiresAt,
        @Nullable String quarantinedAt,
        @Nullable String reason,
        @Nullable String sender,
        @Nullable String output,
        @Nullable Map<String, String> system,
        @Nullable Map<String, String> properties,
        @Nullable String body,
        @Nullable String bodyBase64,
        @Nullable String recordBase64) {
    /** Where a message is, and since when. */
    record Place(
            String endpoint,
            int priority,
            long sequence,
            long storedAtMillis,
            long expiresAtMillis,
            @Nullable Long quarantinedAtMillis,
            @Nullable String reason) {}

    static StoredMessage of(Place place, byte[] payload) {
        try {
            var message = MessageCodec.decode(payload);
            var text = text(message.body());
            var base64 = text == null ? base64(message.body()) : null;
            return new StoredMessage(
                    place.endpoint(),
                    priority(place),
                    place.sequence(),
                    time(place.storedAtMillis()),
                    time(place.expiresAtMillis()),
                    time(place.quarantinedAtMillis()),
                    place.reason(),
                    message.sender().path(),
                    message.output(),
                    message.system(),
                    message.properties(),
                    text,
                    base64,
                    null);
        } catch (IllegalArgumentException _) {
            return new StoredMessage(
                    place.endpoint(),
                    priority(place),
                    place.sequence(),
                    time(place.storedAtMillis()),
                    time(place.expiresAtMillis()),
                    time(place.quarantinedAtMillis()),
                    place.reason(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    base64(payload));
        }
    }

    /**
     * Where it is to go when it is stored again.
     *
     * @param nowMillis from when on the time goes on that was left in quarantine
     * @throws IllegalArgumentException in words, when a field makes no sense
     */
    Destination destination(long nowMillis) {
        if (endpoint == null || endpoint.isEmpty() || endpoint.getBytes(UTF_8).length > 1024) {
            throw new IllegalArgumentException("'endpoint' must have 1 to 1,024 bytes");
        }
        return new Destination(endpoint, priority == null ? Destination.NO_PRIORITY : priority, expiry(nowMillis));
    }

    private long expiry(long nowMillis) {
        if (expiresAt == null) {
            return Long.MAX_VALUE;
        }
        var expiry = millis("expiresAt", expiresAt);
        return quarantinedAt == null
                ? expiry
                : nowMillis + Math.max(0, expiry - millis("quarantinedAt", quarantinedAt));
    }

    private static long millis(String field, String time) {
        try {
            return Instant.parse(time).toEpochMilli();
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("'" + field + "' is no time such as 2026-01-31T23:59:59Z: " + time, e);
        }
    }

    /** What the store keeps. @throws IllegalArgumentException in words, when a field makes no sense */
    byte[] payload() {
        if (recordBase64 != null) {
            return bytes("recordBase64", recordBase64);
        }
        var from = Identity.parse(String.valueOf(sender))
                .orElseThrow(() -> new IllegalArgumentException(
                        "'sender' must be a device, or device/module; it is '" + sender + "'"));
        var content = bodyBase64 != null
                ? bytes("bodyBase64", bodyBase64)
                : Objects.requireNonNullElse(body, "").getBytes(UTF_8);
        return MessageCodec.encode(
                new Message(from, output, texts("system", system), texts("properties", properties), content));
    }

    private static Map<String, String> texts(String field, @Nullable Map<String, String> map) {
        var texts = map == null ? Map.<String, String>of() : map;
        texts.forEach((name, value) -> {
            if (value == null) {
                throw new IllegalArgumentException("'" + field + "' has no value for '" + name + "'");
            }
        });
        return texts;
    }

    private static byte[] bytes(String field, String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + field + "' is no Base64: " + e.getMessage(), e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static @Nullable Integer priority(Place place) {
        return place.priority() == Destination.NO_PRIORITY ? null : place.priority();
    }

    private static @Nullable String time(@Nullable Long millis) {
        return millis == null || millis == Long.MAX_VALUE
                ? null
                : Instant.ofEpochMilli(millis).toString();
    }

    private static @Nullable String text(byte[] body) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException _) {
            return null;
        }
    }
}
