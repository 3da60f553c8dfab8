package dev.selvedge.hub.mqtt;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import dev.selvedge.hub.message.ClientText;
import dev.selvedge.hub.message.Percent;
import dev.selvedge.hub.mqtt.Inbound.BrokenAnswer;
import dev.selvedge.hub.mqtt.Inbound.MethodAnswer;
import dev.selvedge.hub.mqtt.Inbound.Telemetry;
import dev.selvedge.hub.mqtt.Inbound.TwinGet;
import dev.selvedge.hub.mqtt.Inbound.TwinReport;
import dev.selvedge.identity.Identity;
import org.jspecify.annotations.Nullable;

/** The topics of IoT Edge over MQTT, both ways. Stricter than edgeHub: the ids in a topic are those of the client, or the topic is refused. */
final class Topics {
    /** Longest request id, in characters: SDKs use a GUID or a number. */
    static final int MAX_RID = 256;

    private static final String TWIN_GET = "$iothub/twin/GET/";
    private static final String TWIN_REPORT = "$iothub/twin/PATCH/properties/reported/";
    private static final String METHOD_CALL = "$iothub/methods/POST/";
    private static final String METHOD_ANSWER = "$iothub/methods/res/";
    private static final String EVENTS = "messages/events";

    private Topics() {}

    /** Reads the topic of a PUBLISH by this client. */
    static Inbound parse(String topic, Identity client) throws ProtocolException {
        try {
            if (topic.startsWith("devices/")) {
                return telemetry(topic, client);
            }
            if (topic.startsWith(TWIN_GET)) {
                return new TwinGet(required(query(topic.substring(TWIN_GET.length()), topic), topic));
            }
            if (topic.startsWith(TWIN_REPORT)) {
                return new TwinReport(
                        query(topic.substring(TWIN_REPORT.length()), topic).get("$rid"));
            }
            if (topic.startsWith(METHOD_ANSWER)) {
                return methodAnswer(topic);
            }
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(
                    "the topic '" + ClientText.clip(topic) + "': " + ClientText.clip(String.valueOf(e.getMessage())),
                    e);
        }
        throw unknown(topic);
    }

    /** The topic on which an input of a module, or a device, gets messages; a bag may follow. */
    static String input(Identity client, String input) {
        return client.moduleId() == null
                ? "devices/" + client.deviceId() + "/messages/devicebound"
                : "devices/" + client.deviceId() + "/modules/" + client.moduleId() + "/inputs/" + Percent.encode(input);
    }

    /** The topic of an answer to a twin request; {@code version} of the reported properties goes with a 204. */
    static String twinAnswer(int status, String rid, @Nullable Long version) {
        return "$iothub/twin/res/" + status + "/?$rid=" + rid + (version == null ? "" : "&$version=" + version);
    }

    /** The topic of a patch of desired properties; Java's SDK needs the version. */
    static String desired(long version) {
        return "$iothub/twin/PATCH/properties/desired/?$version=" + version;
    }

    /** The topic on which a client is called. C#'s SDK takes everything after {@code ?$rid=} for the id. */
    static String method(String name, String rid) {
        return METHOD_CALL + name + "/?$rid=" + rid;
    }

    /** Whether a method of this name can be called over MQTT: its name is a level of a topic. */
    static boolean isMethodName(String name) {
        return name.chars().noneMatch(c -> c == '/' || c == '+' || c == '#' || Character.isISOControl(c));
    }

    private static Inbound telemetry(String topic, Identity client) throws ProtocolException {
        var parts = topic.split("/", 7);
        var module = parts.length > 2 && parts[2].equals("modules");
        var at = module ? 4 : 2;
        if (parts.length < at + 2 || !(parts[at] + "/" + parts[at + 1]).equals(EVENTS)) {
            throw unknown(topic);
        }
        var device = Percent.decode(parts[1]);
        var moduleId = module ? Percent.decode(parts[3]) : null;
        if (!device.equals(client.deviceId()) || !Objects.equals(moduleId, client.moduleId())) {
            throw ProtocolException.foreign("'" + ClientText.clip(topic) + "' is a topic of another client");
        }
        return new Telemetry(PropertyBag.decode(bag(parts, at + 2)));
    }

    private static String bag(String[] parts, int from) {
        var bag = String.join("/", Arrays.asList(parts).subList(Math.min(from, parts.length), parts.length));
        return bag.endsWith("/") ? bag.substring(0, bag.length() - 1) : bag;
    }

    private static Inbound methodAnswer(String topic) throws ProtocolException {
        var rest = topic.substring(METHOD_ANSWER.length());
        var slash = rest.indexOf('/');
        if (slash <= 0) {
            throw unknown(topic);
        }
        var rid = required(query(rest.substring(slash + 1), topic), topic);
        var status = rest.substring(0, slash);
        try {
            return new MethodAnswer(Integer.parseInt(status), rid);
        } catch (NumberFormatException _) {
            return new BrokenAnswer(status, rid);
        }
    }

    private static Map<String, String> query(String text, String topic) throws ProtocolException {
        if (text.isEmpty()) {
            return Map.of();
        }
        if (!text.startsWith("?")) {
            throw unknown(topic);
        }
        var query = new HashMap<String, String>();
        for (var part : text.substring(1).split("&", -1)) {
            var equals = part.indexOf('=');
            if (equals > 0) {
                query.putIfAbsent(Percent.decode(part.substring(0, equals)), part.substring(equals + 1));
            }
        }
        if (query.getOrDefault("$rid", "").length() > MAX_RID) {
            throw new IllegalArgumentException("a request id of more than " + MAX_RID + " characters");
        }
        return query;
    }

    private static String required(Map<String, String> query, String topic) throws ProtocolException {
        var rid = query.get("$rid");
        if (rid == null || rid.isEmpty()) {
            throw new ProtocolException("'" + ClientText.clip(topic) + "' has no $rid");
        }
        return rid;
    }

    private static ProtocolException unknown(String topic) {
        return ProtocolException.topic("'" + ClientText.clip(topic) + "' is no topic of IoT Edge");
    }
}
