package dev.selvedge.bench.scale;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Reads on in the audit log of an API server. */
final class AuditLog {
    private static final Set<String> READS = Set.of("get", "list", "watch");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private long position;

    AuditLog(Path file) {
        this.file = file;
    }

    /** Answered requests, counted by verb and resource, {@code patch moduletwins/status} for one. */
    record Requests(Map<String, Long> counts) {
        /** What an operator does all the time to stay the leader, and its question what it may do. */
        private static boolean aside(String request) {
            return request.endsWith(" leases") || request.endsWith(" selfsubjectrulesreviews");
        }

        /** All but those for the leader's lease and for the operator's own rights. */
        long all() {
            return sum(counts, _ -> true);
        }

        /** Those that may change something, but for the leader's lease. */
        long writes() {
            return sum(counts, request -> !READS.contains(request.substring(0, request.indexOf(' '))));
        }

        Requests and(Requests more) {
            var sum = new TreeMap<>(counts);
            more.counts().forEach((request, count) -> sum.merge(request, count, Long::sum));
            return new Requests(sum);
        }

        private static long sum(Map<String, Long> counts, Predicate<String> which) {
            return counts.entrySet().stream()
                    .filter(entry -> !aside(entry.getKey()) && which.test(entry.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }

    /** What was asked since the last call; everything at the first. */
    Requests read() throws IOException {
        var counts = new TreeMap<String, Long>();
        try (var log = new RandomAccessFile(file.toFile(), "r")) {
            log.seek(position);
            var bytes = new byte[Math.toIntExact(log.length() - position)];
            log.readFully(bytes);
            var end = lastLineEnd(bytes);
            position += end;
            new String(bytes, 0, end, StandardCharsets.UTF_8)
                    .lines()
                    .forEach(line -> counts.merge(request(line), 1L, Long::sum));
        }
        return new Requests(counts);
    }

    private static int lastLineEnd(byte[] bytes) {
        var end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    private static String request(String line) {
        try {
            JsonNode event = JSON.readTree(line);
            var object = event.path("objectRef");
            var subresource = object.path("subresource").asText();
            return event.path("verb").asText() + " " + object.path("resource").asText("?")
                    + (subresource.isEmpty() ? "" : "/" + subresource);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
