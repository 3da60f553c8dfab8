package dev.selvedge.hub.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A module of a real SDK that does what it is told: see the folder {@code compat}. A process of its own. */
final class Puppet implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SECONDS = 60;

    private final Process process;
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
    private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();

    Puppet(List<String> command, Path log) throws IOException {
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        Thread.ofVirtual().start(() -> read(process.inputReader()));
    }

    /** Gives a command, and the answer when it is obeyed. */
    JsonNode tell(String what, Map<String, ?> parameters) throws Exception {
        return begin(what, parameters).get(SECONDS, TimeUnit.SECONDS);
    }

    JsonNode tell(String what) throws Exception {
        return tell(what, Map.of());
    }

    /** Gives a command, and waits for nothing. */
    CompletableFuture<JsonNode> begin(String what, Map<String, ?> parameters) throws IOException {
        var number = last.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        pending.put(number, answer);
        ObjectNode command = JSON.valueToTree(parameters);
        command.put("do", what).put("re", number);
        synchronized (process) {
            var out = process.outputWriter();
            out.write(command + "\n");
            out.flush();
        }
        return answer;
    }

    /** The next event of a kind; others before it are left out. */
    JsonNode next(String kind) throws InterruptedException {
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (true) {
            var event = events.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new AssertionError("no event '" + kind + "' within " + SECONDS + " s");
            }
            if (event.path("event").asText().equals(kind)) {
                return event;
            }
        }
    }

    private void read(BufferedReader out) {
        try {
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                var said = JSON.readTree(line);
                if (said.has("re")) {
                    answered(said);
                } else {
                    events.add(said);
                }
            }
        } catch (IOException e) {
            pending.values().forEach(answer -> answer.completeExceptionally(e));
        }
        pending.values().forEach(answer -> answer.completeExceptionally(new IOException("the puppet ended")));
    }

    private void answered(JsonNode said) {
        var answer = pending.remove(said.get("re").asInt());
        if (answer == null) {
            return;
        }
        if (said.has("error")) {
            answer.completeExceptionally(new IOException(said.get("error").asText()));
        } else {
            answer.complete(said);
        }
    }

    /** Ends it without a goodbye. */
    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }
}
