package dev.selvedge.plan;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.MqttUpstream;
import dev.selvedge.api.v1alpha1.StoreAndForward;
import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.api.v1alpha1.Upstream;
import org.jspecify.annotations.Nullable;

/**
 * What one hub obeys: the desired properties of the {@code $edgeHub} twin, in IoT Edge's shape (schema version 1.1) with some keys added:
 * {@code upstream}, and {@code whenFull} and {@code backlogShare} in {@code storeAndForwardConfiguration}. Routes are sorted by name; those of modules are named
 * {@code module/route}.
 *
 * @param timeToLiveSecs seconds a message is kept for a receiver that is away, unless its route says otherwise
 * @param maxBytes most bytes of the message log on disk
 * @param backlogShare of a hundred messages while a backlog drains, how many are of the backlog
 */
public record HubConfiguration(
        Map<String, Entry> routes,
        long timeToLiveSecs,
        long maxBytes,
        WhenFull whenFull,
        int backlogShare,
        @Nullable Upstream upstream) {

    /** One route in the configuration; its text has not been parsed. {@code null} means: as the hub's default. */
    public record Entry(
            String route,
            @Nullable Integer priority,
            @Nullable Long timeToLiveSecs) {}

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern TOPIC =
            Pattern.compile(MqttUpstream.TOPIC_CHARACTER + "{1," + MqttUpstream.LONGEST_TOPIC + "}");

    public HubConfiguration {
        routes = Collections.unmodifiableMap(new TreeMap<>(routes));
    }

    /** The same with other routes. */
    public HubConfiguration with(Map<String, Entry> others) {
        return new HubConfiguration(others, timeToLiveSecs, maxBytes, whenFull, backlogShare, upstream);
    }

    /** The desired properties that carry this configuration. */
    public ObjectNode toDesired() {
        var desired = JsonNodeFactory.instance.objectNode();
        desired.put("schemaVersion", "1.1");
        var all = desired.putObject("routes");
        routes.forEach((name, entry) -> {
            var node = all.putObject(name);
            node.put("route", entry.route());
            if (entry.priority() != null) {
                node.put("priority", entry.priority());
            }
            if (entry.timeToLiveSecs() != null) {
                node.put("timeToLiveSecs", entry.timeToLiveSecs());
            }
        });
        var store = desired.putObject("storeAndForwardConfiguration");
        store.put("timeToLiveSecs", timeToLiveSecs);
        store.putObject("storeLimits").put("maxSizeBytes", maxBytes);
        store.put("whenFull", whenFull.name());
        store.put("backlogShare", backlogShare);
        if (upstream != null) {
            desired.set("upstream", JSON.valueToTree(upstream));
        }
        return desired;
    }

    /**
     * Reads {@link #toDesired()} back.
     *
     * @throws IllegalArgumentException when it cannot be obeyed as a whole, saying why; what is wrong with one route alone is not looked at
     */
    public static HubConfiguration parse(ObjectNode desired) {
        var version = desired.path("schemaVersion").asText("");
        if (!version.equals("1.1") && !version.startsWith("1.1.")) {
            throw new IllegalArgumentException("schemaVersion is '" + version + "', this hub understands 1.1");
        }
        var routes = new TreeMap<String, Entry>();
        desired.path("routes").properties().forEach(route -> {
            var node = route.getValue();
            routes.put(
                    route.getKey(),
                    node.isTextual()
                            ? new Entry(node.textValue(), null, null)
                            : new Entry(
                                    node.path("route").asText(""),
                                    node.hasNonNull("priority")
                                            ? node.get("priority").asInt()
                                            : null,
                                    node.hasNonNull("timeToLiveSecs")
                                            ? node.get("timeToLiveSecs").asLong()
                                            : null));
        });
        var store = desired.path("storeAndForwardConfiguration");
        return new HubConfiguration(
                routes,
                store.path("timeToLiveSecs").asLong(0),
                store.path("storeLimits").path("maxSizeBytes").asLong(Long.MAX_VALUE),
                WhenFull.valueOf(store.path("whenFull").asText(WhenFull.RejectNew.name())),
                store.path("backlogShare").asInt(StoreAndForward.DEFAULT_BACKLOG_SHARE),
                upstream(desired));
    }

    private static @Nullable Upstream upstream(ObjectNode desired) {
        if (!desired.hasNonNull("upstream")) {
            return null;
        }
        try {
            var upstream = JSON.treeToValue(desired.get("upstream"), Upstream.class);
            check(upstream.mqtt());
            return upstream;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("upstream: " + e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("upstream: " + e.getMessage(), e);
        }
    }

    /** What the API server holds to, and a folder of manifests does not. */
    private static void check(@Nullable MqttUpstream broker) {
        if (broker == null) {
            return;
        }
        BrokerAddress.parse(String.valueOf(broker.url()));
        var topic = broker.topic();
        if (topic != null && !TOPIC.matcher(topic).matches()) {
            throw new IllegalArgumentException("nothing can be published to the topic '" + topic + "'");
        }
    }
}
