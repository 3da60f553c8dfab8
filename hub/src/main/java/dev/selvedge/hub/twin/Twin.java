package dev.selvedge.hub.twin;

import java.io.IOException;
import java.util.ArrayList;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import dev.selvedge.twin.MergePatch;

/**
 * One twin as the hub keeps it. Nobody changes the documents after construction; they hold no {@code $version} and no {@code $metadata}.
 *
 * @param uid another uid is another twin
 * @param reportedVersion 1 when nothing has been reported, one more with each patch
 */
public record Twin(
        String uid,
        Credentials credentials,
        ObjectNode desired,
        long desiredVersion,
        ObjectNode reported,
        long reportedVersion) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long FIRST_VERSION = 1;

    /** A twin of which nothing has been reported. */
    static Twin fresh(String uid, Credentials credentials, ObjectNode desired, long desiredVersion) {
        return new Twin(
                uid, credentials, desired, desiredVersion, JsonNodeFactory.instance.objectNode(), FIRST_VERSION);
    }

    Twin withDesired(Credentials newCredentials, ObjectNode newDesired, long newVersion) {
        return new Twin(uid, newCredentials, newDesired, newVersion, reported, reportedVersion);
    }

    Twin withReported(ObjectNode newReported) {
        return new Twin(uid, credentials, desired, desiredVersion, newReported, reportedVersion + 1);
    }

    /** What a client gets that asks for its twin: {@code {"desired":{…,"$version":n},"reported":{…,"$version":n}}}. */
    public byte[] document() {
        var document = JsonNodeFactory.instance.objectNode();
        document.set("desired", desired.deepCopy().put("$version", desiredVersion));
        document.set("reported", reported.deepCopy().put("$version", reportedVersion));
        return bytes(document);
    }

    byte[] toBytes() {
        var record = JsonNodeFactory.instance.objectNode();
        record.put("uid", uid);
        record.put("generationId", credentials.generation());
        if (credentials.generations().size() > 1) {
            record.put("secondaryGenerationId", credentials.generations().get(1));
        }
        if (credentials.kind() == Kind.CERTIFICATE) {
            record.put("certificate", true);
        }
        if (!credentials.enabled()) {
            record.put("disabled", true);
        }
        record.put("desiredVersion", desiredVersion);
        record.put("reportedVersion", reportedVersion);
        record.set("desired", desired);
        record.set("reported", reported);
        return bytes(record);
    }

    static Twin fromBytes(byte[] bytes) throws IOException {
        var record = JSON.readTree(bytes);
        return new Twin(
                record.required("uid").asText(),
                credentials(record),
                object(record, "desired"),
                record.required("desiredVersion").asLong(),
                object(record, "reported"),
                record.required("reportedVersion").asLong());
    }

    private static Credentials credentials(JsonNode record) {
        var generations = new ArrayList<String>();
        generations.add(record.required("generationId").asText());
        if (record.has("secondaryGenerationId")) {
            generations.add(record.get("secondaryGenerationId").asText());
        }
        return new Credentials(
                record.path("certificate").asBoolean() ? Kind.CERTIFICATE : Kind.KEY,
                generations,
                !record.path("disabled").asBoolean());
    }

    /**
     * A document without the keys that are the hub's own and without null, which stands for what is not there; its numbers of the types that reading it
     * from disk would give: else equal documents would differ.
     */
    static ObjectNode plain(ObjectNode document) {
        try {
            var plain = (ObjectNode) JSON.readTree(bytes(document));
            plain.properties().removeIf(entry -> entry.getKey().startsWith("$"));
            return MergePatch.apply(JSON.createObjectNode(), plain);
        } catch (IOException e) {
            throw new IllegalStateException("JSON just written cannot be read", e);
        }
    }

    private static ObjectNode object(JsonNode record, String field) throws IOException {
        if (record.get(field) instanceof ObjectNode object) {
            return object;
        }
        throw new IOException("no object '" + field + "'");
    }

    private static byte[] bytes(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree that cannot be written", e);
        }
    }
}
