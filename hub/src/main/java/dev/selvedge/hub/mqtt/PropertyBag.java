package dev.selvedge.hub.mqtt;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

import dev.selvedge.hub.message.ClientText;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.message.Percent;
import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a message as they travel in its topic: {@code key=value} joined by {@code &}, both percent-encoded. C's SDK leaves them raw
 * unless it is told otherwise, so that a {@code %} which begins no escape stands for itself. Keys of system properties start with {@code $.} once
 * decoded: Java sends that raw, others as {@code %24.}.
 *
 * @param output the output that the sender named, or null
 * @param system system properties by edgeHub's inward names
 * @param properties application properties in the order they came
 */
record PropertyBag(@Nullable String output, Map<String, String> system, Map<String, String> properties) {
    /** Most properties of one message. */
    static final int MAX_PROPERTIES = 1000;

    private static final String OUTPUT = "$.on";
    private static final String SENDER_DEVICE = "$.cdid";
    private static final String SENDER_MODULE = "$.cmid";
    /** By wire name; those that go out again do so in this order. */
    private static final Map<String, String> SYSTEM = systemNames();

    private static final String INTERFACE = "iothub-interface-id";

    static PropertyBag decode(String text) throws ProtocolException {
        var bag = new Reader();
        if (!text.isEmpty()) {
            var pairs = text.split("&", MAX_PROPERTIES + 1);
            if (pairs.length > MAX_PROPERTIES) {
                throw new ProtocolException("a message with more than " + MAX_PROPERTIES + " properties");
            }
            for (var pair : pairs) {
                bag.addEncoded(pair);
            }
        }
        return bag.done();
    }

    /** A reader that has read this bag. */
    Reader more() throws ProtocolException {
        var bag = new Reader();
        if (output != null) {
            bag.add(OUTPUT, output);
        }
        for (var key : SYSTEM.entrySet()) {
            if (system.containsKey(key.getValue())) {
                bag.add(key.getKey(), system.get(key.getValue()));
            }
        }
        for (var property : properties.entrySet()) {
            bag.add(property.getKey(), property.getValue());
        }
        return bag;
    }

    /**
     * The bag for a module's input: system properties first, with the sender as the hub knows it, since Java's SDK reads from the first
     * {@code %24} on. Properties without a value are left out: Java's SDK throws on {@code key=} and the message would come again for ever.
     */
    static String encode(Message message) {
        var bag = new StringBuilder(128);
        forEach(message, (key, value) -> {
            if (!value.isEmpty() && !key.isEmpty()) {
                if (!bag.isEmpty()) {
                    bag.append('&');
                }
                bag.append(Percent.encode(key)).append('=').append(Percent.encode(value));
            }
        });
        return bag.toString();
    }

    /** What a client is told of a message, by wire name: the sender unless it is the hub, the system properties, the application's own. */
    static void forEach(Message message, BiConsumer<String, String> consumer) {
        var sender = message.sender();
        if (!Identity.EDGE_HUB.equals(sender.moduleId())) {
            consumer.accept(SENDER_DEVICE, sender.deviceId());
            if (sender.moduleId() != null) {
                consumer.accept(SENDER_MODULE, sender.moduleId());
            }
        }
        SYSTEM.forEach((key, name) -> {
            var value = message.system().get(name);
            if (value != null && !name.equals(INTERFACE)) {
                consumer.accept(key, value);
            }
        });
        message.properties().forEach((key, value) -> {
            if (!isSender(key)) {
                consumer.accept(key, value);
            }
        });
    }

    /** Who sent a message says the hub, whatever a client says. */
    private static boolean isSender(String key) {
        return key.equals(SENDER_DEVICE) || key.equals(SENDER_MODULE);
    }

    private static Map<String, String> systemNames() {
        var names = new LinkedHashMap<String, String>();
        names.put("$.mid", "messageId");
        names.put("$.cid", "cid");
        names.put("$.uid", "userId");
        names.put("$.to", "to");
        names.put("$.exp", "absolute-expiry-time");
        names.put("$.ct", "contentType");
        names.put("$.ce", "contentEncoding");
        names.put("$.schema", "messageSchema");
        names.put("$.ctime", "creationTime");
        names.put("$.ifid", INTERFACE);
        names.put("$.sub", "dt-subject");
        names.put("ack", "ack");
        names.put("iothub-operation", "operation");
        return names;
    }

    /** Takes the properties of one message in; of two with one name the later counts, as with edgeHub. */
    static final class Reader {
        private final Map<String, String> system = new LinkedHashMap<>();
        private final Map<String, String> properties = new LinkedHashMap<>();
        /** How each name is spelled: names that differ only in case are one to a route. */
        private final Map<String, String> spellings = new HashMap<>();

        private @Nullable String output;

        private void addEncoded(String pair) throws ProtocolException {
            var equals = pair.indexOf('=');
            var rawKey = equals < 0 ? pair : pair.substring(0, equals);
            var key = Percent.decodeLeniently(rawKey);
            if (rawKey.indexOf('/') >= 0) {
                throw new ProtocolException("'" + ClientText.clip(pair) + "' is no key=value");
            }
            var value = equals < 0 ? "" : Percent.decodeLeniently(pair.substring(equals + 1));
            if (key.isEmpty()) {
                throw new ProtocolException("a property without a name in '" + ClientText.clip(pair) + "'");
            }
            add(key, value);
        }

        void addIfAbsent(String key, String value) throws ProtocolException {
            if (!spellings.containsKey(key.toLowerCase(Locale.ROOT))) {
                add(key, value);
            }
        }

        void add(String key, String value) throws ProtocolException {
            var other = spellings.putIfAbsent(key.toLowerCase(Locale.ROOT), key);
            if (other != null && !other.equals(key)) {
                throw new ProtocolException("the property '" + ClientText.clip(key) + "' is there twice, as '"
                        + ClientText.clip(other) + "' too");
            }
            if (spellings.size() > MAX_PROPERTIES) {
                throw new ProtocolException("a message with more than " + MAX_PROPERTIES + " properties");
            }
            var name = SYSTEM.get(key);
            if (key.equals(OUTPUT)) {
                output = value;
            } else if (name != null) {
                system.put(name, value);
            } else if (!isSender(key)) {
                properties.put(key, value);
            }
        }

        PropertyBag done() {
            return new PropertyBag(output, system, properties);
        }
    }
}
