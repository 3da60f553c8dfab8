package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the kernel saw. The client has one message in flight and sends nothing else, so what the hub writes to its socket between two records is
 * the PUBACK of the first.
 */
@Tag("process")
class SyscallTest {
    private static final int MESSAGES = 100;
    private static final Pattern STARTED = Pattern.compile("^(\\d+) +(\\w+)\\((\\d+<[^ ]*>)(.*)$");
    private static final Pattern RESUMED = Pattern.compile("^(\\d+) +<\\.\\.\\. (\\w+) resumed>.*= (-?\\d+).*$");
    private static final Pattern RESULT = Pattern.compile(".*\\) += (-?\\d+).*");

    @TempDir
    private Path folder;

    /** A system call on a file or socket; {@code from} and {@code to} are lines of the trace, {@code to} is -1 if it never ended well. */
    private record Call(String name, String file, String text, int from, int to) {
        boolean syncs(Call write) {
            return name.endsWith("sync") && file.equals(write.file) && from > write.to && to > 0;
        }
    }

    @Test
    void theRecordOfEachMessageIsSyncedBeforeItsPuback() throws Exception {
        var trace = folder.resolve("trace");
        var strace = List.of(
                "strace",
                "-f",
                "-yy",
                "-s",
                "4096",
                "-o",
                trace.toString(),
                "-e",
                "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync");
        int port;
        try (var hub = new HubProcess(folder, SITE, strace)) {
            port = hub.port();
            try (var publisher = new Publisher(hub, "sensor").start()) {
                Awaitility.await("messages")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> publisher.acknowledged() >= MESSAGES);
            }
        }

        var calls = read(trace);
        var toClient = calls.stream()
                .filter(call -> call.file.contains("TCP") && call.file.contains(":" + port + "->"))
                .toList();
        for (var message = 1; message < MESSAGES; message++) {
            var record = record(calls, message);
            var next = record(calls, message + 1);
            var pubacks = toClient.stream()
                    .filter(call -> call.from > record.from && call.from < next.from)
                    .toList();
            assertThat(pubacks)
                    .as("what the client got after record " + message)
                    .hasSize(1);
            assertThat(calls.stream().filter(call -> call.syncs(record) && call.to < pubacks.getFirst().from))
                    .as("syncs of record " + message + " before its PUBACK")
                    .isNotEmpty();
        }
    }

    private static Call record(List<Call> calls, int message) {
        return calls.stream()
                .filter(call -> call.file.contains("/data/store/") && call.text.contains("sensor " + message + " ."))
                .findFirst()
                .orElseThrow(() -> new AssertionError("message " + message + " was not written to the store"));
    }

    private static List<Call> read(Path trace) throws IOException {
        var calls = new ArrayList<Call>();
        var open = new HashMap<String, Integer>();
        var lines = Files.readAllLines(trace);
        for (var line = 0; line < lines.size(); line++) {
            var started = STARTED.matcher(lines.get(line));
            if (started.find()) {
                var result = RESULT.matcher(started.group(4));
                var done = result.matches() && Long.parseLong(result.group(1)) >= 0;
                if (lines.get(line).endsWith("<unfinished ...>")) {
                    open.put(started.group(1), calls.size());
                }
                calls.add(new Call(started.group(2), started.group(3), started.group(4), line, done ? line : -1));
                continue;
            }
            var resumed = RESUMED.matcher(lines.get(line));
            if (resumed.find() && open.containsKey(resumed.group(1))) {
                var index = open.remove(resumed.group(1));
                var call = calls.get(index);
                var done = Long.parseLong(resumed.group(3)) >= 0;
                calls.set(index, new Call(call.name, call.file, call.text, call.from, done ? line : -1));
            }
        }
        return calls;
    }

    private static final String SITE = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              storage: {size: 1Gi}
              routes: {toCloud: {route: FROM /messages/* INTO $upstream}}
            ---
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sensor}
            spec: {image: none}
            """;
}
