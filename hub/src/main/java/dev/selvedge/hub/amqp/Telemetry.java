package dev.selvedge.hub.amqp;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

import dev.selvedge.hub.client.Inputs;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.message.Message;
import dev.selvedge.identity.Identity;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Properties;
import org.jspecify.annotations.Nullable;

/** Between messages of AMQP and those of the hub: where IoT Edge's system properties are. Pure. */
final class Telemetry {
    /** Most application properties of one message. */
    static final int MAX_PROPERTIES = 1000;

    private static final String OUTPUT = "iothub-outputname";
    /** Application properties that are system properties, by their names there. */
    private static final Map<String, String> SYSTEM = Map.of(
            "iothub-message-schema", "messageSchema",
            "iothub-creation-time-utc", "creationTime",
            "iothub-operation", "operation");

    /** What Java's SDK says of the sender; the hub knows better. */
    private static final String SENDER = "iothub-connection-";

    private static final String INTERFACE = "iothub-interface-id";
    private static final String SUBJECT = "dt-subject";
    /** C#'s SDK wants exactly seven digits. */
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Telemetry() {}

    /** What a client sent. */
    static Message received(Identity sender, org.apache.qpid.proton.message.Message message) throws AmqpException {
        var system = new LinkedHashMap<String, String>();
        system(message, system);
        var properties = new LinkedHashMap<String, String>();
        var output = properties(message, system, properties);
        var received = new Message(sender, output, system, properties, Sections.body(message));
        if (received.size() > Message.MAX_BYTES) {
            throw new AmqpException(
                    AmqpException.TOO_LARGE,
                    "a message of " + received.size() + " bytes with its properties, at most " + Message.MAX_BYTES
                            + " are taken");
        }
        return received;
    }

    private static void system(org.apache.qpid.proton.message.Message message, Map<String, String> system) {
        var user = message.getUserId();
        put(system, "messageId", message.getMessageId());
        put(system, "cid", message.getCorrelationId());
        put(system, "userId", user == null || user.length == 0 ? null : new String(user, StandardCharsets.UTF_8));
        put(system, "to", message.getAddress());
        put(system, "contentType", message.getContentType());
        put(system, "contentEncoding", message.getContentEncoding());
        var sent = message.getProperties();
        var expiry = sent == null ? null : sent.getAbsoluteExpiryTime();
        put(system, "absolute-expiry-time", expiry == null ? null : DATE.format(expiry.toInstant()));
        put(system, INTERFACE, Sections.annotation(message, INTERFACE));
        put(system, SUBJECT, Sections.annotation(message, SUBJECT));
    }

    private static void put(Map<String, String> system, String name, @Nullable Object value) {
        if (value != null) {
            system.put(name, text(value));
        }
    }

    /** Sorts the application properties; gives the output. */
    private static @Nullable String properties(
            org.apache.qpid.proton.message.Message message, Map<String, String> system, Map<String, String> properties)
            throws AmqpException {
        var sent = message.getApplicationProperties();
        if (sent == null || sent.getValue() == null) {
            return null;
        }
        if (sent.getValue().size() > MAX_PROPERTIES) {
            throw new AmqpException(
                    AmqpException.NOT_ALLOWED, "a message with more than " + MAX_PROPERTIES + " properties");
        }
        String output = null;
        for (var entry : sent.getValue().entrySet()) {
            var key = entry.getKey();
            var value = text(entry.getValue());
            var name = SYSTEM.get(key);
            if (key.equals(OUTPUT)) {
                output = value;
            } else if (name != null) {
                system.put(name, value);
            } else if (!key.startsWith(SENDER)) {
                properties.put(key, value);
            }
        }
        return output;
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Date date -> DATE.format(date.toInstant());
            case Binary binary ->
                new String(binary.getArray(), binary.getArrayOffset(), binary.getLength(), StandardCharsets.UTF_8);
            default -> value.toString();
        };
    }

    /** What an input gets. The lock token is also the delivery's tag. */
    static org.apache.qpid.proton.message.Message input(String input, Delivery delivery, UUID lockToken) {
        var message = delivery.message();
        var out = Proton.message();
        out.setMessageAnnotations(annotations(input, delivery, lockToken));
        out.setProperties(properties(message.system()));
        var properties = new LinkedHashMap<String, Object>(message.properties());
        SYSTEM.forEach((key, name) -> {
            var value = message.system().get(name);
            if (value != null) {
                properties.put(key, value);
            }
        });
        out.setApplicationProperties(new ApplicationProperties(properties));
        out.setBody(new Data(new Binary(message.body())));
        return out;
    }

    private static MessageAnnotations annotations(String input, Delivery delivery, UUID lockToken) {
        var sender = delivery.message().sender();
        var annotations = new HashMap<Symbol, Object>();
        if (!input.equals(Inputs.DEVICE_BOUND)) {
            annotations.put(Symbol.valueOf("x-opt-input-name"), input);
        }
        annotations.put(Symbol.valueOf("x-opt-lock-token"), lockToken);
        annotations.put(Symbol.valueOf("x-opt-sequence-number"), UnsignedLong.valueOf(delivery.sequence()));
        annotations.put(
                Symbol.valueOf("iothub-enqueuedtime"), Date.from(Instant.ofEpochMilli(delivery.storedAtMillis())));
        annotations.put(Symbol.valueOf("iothub-connection-device-id"), sender.deviceId());
        if (sender.moduleId() != null) {
            annotations.put(Symbol.valueOf("iothub-connection-module-id"), sender.moduleId());
        }
        var subject = delivery.message().system().get(SUBJECT);
        if (subject != null) {
            annotations.put(Symbol.valueOf(SUBJECT), subject);
        }
        return new MessageAnnotations(annotations);
    }

    private static Properties properties(Map<String, String> system) {
        var properties = new Properties();
        properties.setMessageId(system.get("messageId"));
        properties.setCorrelationId(system.get("cid"));
        properties.setTo(system.get("to"));
        properties.setContentType(symbol(system.get("contentType")));
        properties.setContentEncoding(symbol(system.get("contentEncoding")));
        var user = system.get("userId");
        if (user != null) {
            properties.setUserId(new Binary(user.getBytes(StandardCharsets.UTF_8)));
        }
        var expiry = system.get("absolute-expiry-time");
        if (expiry != null) {
            properties.setAbsoluteExpiryTime(date(expiry));
        }
        return properties;
    }

    private static @Nullable Symbol symbol(@Nullable String text) {
        return text == null ? null : Symbol.valueOf(text);
    }

    /** A time that a client wrote as it liked over MQTT is left out when it is none, or none that AMQP can say. */
    private static @Nullable Date date(String text) {
        try {
            return Date.from(Instant.parse(text));
        } catch (DateTimeParseException | IllegalArgumentException _) {
            return null;
        }
    }
}
