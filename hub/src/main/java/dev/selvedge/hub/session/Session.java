package dev.selvedge.hub.session;

import java.io.IOException;
import java.util.LinkedHashMap;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * What outlives a connection that did not ask for a clean session: the subscriptions, and the desired properties that the client has seen, so
 * that it is told what changed while it was away. Immutable.
 *
 * @param endMillis when it ends unless the client comes back, epoch milliseconds; {@link #NEVER} while it is there, or for ever
 */
public record Session(Subscriptions subscriptions, @Nullable Seen seen, long endMillis) {
    public static final long NEVER = Long.MAX_VALUE;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The desired properties as the client knows them; null for each of which it is not known whether it has the last change. */
    public record Seen(long version, ObjectNode desired) {}

    public static Session none(Identity client) {
        return new Session(Subscriptions.none(client), null, NEVER);
    }

    public Identity client() {
        return subscriptions.client();
    }

    public Session with(Subscriptions changed) {
        return new Session(changed, seen, endMillis);
    }

    public Session with(Seen nowSeen) {
        return new Session(subscriptions, nowSeen, endMillis);
    }

    public Session endingAt(long millis) {
        return new Session(subscriptions, seen, millis);
    }

    byte[] toBytes() {
        var record = JsonNodeFactory.instance.objectNode();
        var filters = record.putObject("filters");
        subscriptions.filters().forEach(filters::put);
        if (seen != null) {
            record.putObject("seen").put("version", seen.version()).set("desired", seen.desired());
        }
        if (endMillis != NEVER) {
            record.put("end", endMillis);
        }
        try {
            return JSON.writeValueAsBytes(record);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree that cannot be written", e);
        }
    }

    static Session fromBytes(Identity client, byte[] bytes) throws IOException {
        var record = JSON.readTree(bytes);
        var filters = new LinkedHashMap<String, Integer>();
        record.path("filters")
                .properties()
                .forEach(
                        filter -> filters.put(filter.getKey(), filter.getValue().asInt()));
        var seen = record.get("seen") instanceof ObjectNode node && node.get("desired") instanceof ObjectNode desired
                ? new Seen(node.path("version").asLong(), desired)
                : null;
        return new Session(
                new Subscriptions(client, filters), seen, record.path("end").asLong(NEVER));
    }
}
