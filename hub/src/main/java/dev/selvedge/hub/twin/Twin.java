package dev.selvedge.hub.twin;

import java.io.IOException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One twin as the hub keeps it. Nobody changes the documents after construction; they hold no {@code $version} and no {@code $metadata}.
 *
 * @param uid another uid is another twin
 * @param generationId part of the identity's key
 * @param reportedVersion 1 when nothing has been reported, one more with each patch
 */
public record Twin(
        String uid,
        String generationId,
        ObjectNode desired,
        long desiredVersion,
        ObjectNode reported,
        long reportedVersion) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long FIRST_VERSION = 1;

    /** A twin of which nothing has been reported. */
    static Twin fresh(String uid, String generationId, ObjectNode desired, long desiredVersion) {
        return new Twin(
                uid, generationId, desired, desiredVersion, JsonNodeFactory.instance.objectNode(), FIRST_VERSION);
    }

    Twin withDesired(String newGenerationId, ObjectNode newDesired, long newVersion) {
        return new Twin(uid, newGenerationId, newDesired, newVersion, reported, reportedVersion);
    }

    Twin withReported(ObjectNode newReported) {
        return new Twin(uid, generationId, desired, desiredVersion, newReported, reportedVersion + 1);
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
        record.put("generationId", generationId);
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
                record.required("generationId").asText(),
                object(record, "desired"),
                record.required("desiredVersion").asLong(),
                object(record, "reported"),
                record.required("reportedVersion").asLong());
    }

    /**
     * A document without the keys that are the hub's own, its numbers of the types that reading it from disk would give: else equal documents
     * would differ.
     */
    static ObjectNode plain(ObjectNode document) {
        try {
            var plain = (ObjectNode) JSON.readTree(bytes(document));
            plain.properties().removeIf(entry -> entry.getKey().startsWith("$"));
            return plain;
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
