package dev.selvedge.route;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Reads {@code conditions.txt}; its head says how it is written. */
final class GoldenTable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GoldenTable() {}

    static List<Case> read() throws IOException {
        try (var in = GoldenTable.class.getResourceAsStream("conditions.txt")) {
            return read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static List<Case> read(String table) throws IOException {
        Map<String, String> properties = new HashMap<>();
        Map<String, String> system = new HashMap<>();
        var body = "";
        var cases = new ArrayList<Case>();
        for (var line : table.lines().toList()) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            var parts = line.strip().split("\\s+", 2);
            switch (parts[0]) {
                case "properties" -> properties = map(parts[1]);
                case "system" -> system = map(parts[1]);
                case "body" -> body = parts[1];
                case "true", "false", "undefined", "error" ->
                    cases.add(new Case(
                            parts[0],
                            new TestMessage(properties, system, body.getBytes(StandardCharsets.UTF_8)),
                            parts.length > 1 ? parts[1] : ""));
                default -> throw new UncheckedIOException(new IOException("no line of the table: " + line));
            }
        }
        return cases;
    }

    private static Map<String, String> map(String json) throws IOException {
        return JSON.readValue(json, new TypeReference<>() {});
    }
}
