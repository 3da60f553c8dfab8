package dev.selvedge.hub.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Identity;

/** What a cluster would know of a twin in a folder: a uid from its first appearance on, and a version that grows when its content changes. */
final class Versions {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final ObjectNode known;

    /** What a ModuleTwin's metadata would say. */
    record Version(String uid, long version) {}

    Versions(Path file) throws IOException {
        this.file = file;
        known = Files.exists(file) && JSON.readTree(Files.readString(file)) instanceof ObjectNode object
                ? object
                : JSON.createObjectNode();
    }

    /** The version of this content; a new one when it differs from the last. */
    Version of(Identity identity, ObjectNode desired) throws IOException {
        var entry = known.get(identity.path());
        var last = entry == null ? null : entry.get("desired");
        if (entry == null || !desired.equals(last)) {
            var uid = entry == null
                    ? UUID.randomUUID().toString()
                    : entry.path("uid").asText();
            var next = entry == null ? 1 : entry.path("version").asLong() + 1;
            entry = known.putObject(identity.path()).put("uid", uid).put("version", next);
            ((ObjectNode) entry).set("desired", JSON.readTree(desired.toString()));
            save();
        }
        return new Version(entry.path("uid").asText(), entry.path("version").asLong());
    }

    void keepOnly(Set<Identity> identities) throws IOException {
        var paths = identities.stream().map(Identity::path).toList();
        if (known.properties().removeIf(entry -> !paths.contains(entry.getKey()))) {
            save();
        }
    }

    private void save() throws IOException {
        JsonNode snapshot = known;
        LocalTrust.write(file, snapshot.toPrettyString() + "\n");
    }
}
