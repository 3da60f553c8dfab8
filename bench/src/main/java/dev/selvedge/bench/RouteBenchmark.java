package dev.selvedge.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import dev.selvedge.route.BodyPaths;
import dev.selvedge.route.Evaluation;
import dev.selvedge.route.Routable;
import dev.selvedge.route.Route;
import dev.selvedge.route.RouteParser;
import dev.selvedge.route.RouteSyntaxException;
import dev.selvedge.route.Value;
import org.jspecify.annotations.Nullable;

/** Microseconds to take one message with a JSON body of 1 KiB past ten routes with conditions, warm, on one thread. */
public final class RouteBenchmark {
    private static final int ROUNDS = 15;
    private static final int MESSAGES = 200_000;
    private static final List<String> CONDITIONS = List.of(
            "$body.machine.temperature > 25",
            "$body.machine.temperature > 25 AND $body.machine.pressure < 10",
            "$body.ambient.humidity >= 24 AND level = 'high'",
            "$body.readings[3].value * 2 > $body.readings[4].value",
            "starts_with($body.machine.name, 'press') AND NOT is_defined($body.machine.debug)",
            "level = 'high' OR as_number(retries) > 3",
            "$connectionModuleId = 'sensor' AND length(level) = 4",
            "$body.site.line || '-' || $body.site.cell = 'A-7'",
            "($body.machine.missing ?? 1) = null",
            "upper(level) = 'LOW' AND $body.machine.temperature < 0");

    private RouteBenchmark() {}

    public static void main(String[] args) throws RouteSyntaxException {
        var routes = new ArrayList<Route>();
        for (var condition : CONDITIONS) {
            routes.add(RouteParser.parse("FROM /messages/* WHERE " + condition + " INTO $upstream"));
        }
        var paths = BodyPaths.of(routes);
        var body = body();
        var message = new Message(Map.of("level", "high", "retries", "2"), body);
        var times = new double[ROUNDS];
        var taken = 0L;
        for (int round = 0; round < ROUNDS; round++) {
            var start = System.nanoTime();
            for (int i = 0; i < MESSAGES; i++) {
                taken += past(routes, paths, message);
            }
            times[round] = (System.nanoTime() - start) / 1e3 / MESSAGES;
        }
        var warm = Arrays.copyOfRange(times, ROUNDS / 3, ROUNDS);
        Arrays.sort(warm);
        System.out.printf(
                "%d routes, body of %d B, %d of them take it: median %.2f us a message, best %.2f, worst %.2f (%d warm rounds of %d)%n",
                routes.size(),
                body.length,
                taken / ROUNDS / MESSAGES,
                warm[warm.length / 2],
                warm[0],
                warm[warm.length - 1],
                warm.length,
                MESSAGES);
    }

    private static int past(List<Route> routes, BodyPaths paths, Message message) {
        var evaluation = new Evaluation(message, paths);
        var taken = 0;
        for (var route : routes) {
            if (route.matches(message.sourcePath()) && route.verdict(evaluation).equals(Value.TRUE)) {
                taken++;
            }
        }
        return taken;
    }

    /** What a machine sends: nested objects, an array of readings, numbers and short strings, filled up to 1 KiB. */
    private static byte[] body() {
        var json = new StringBuilder(
                "{\"machine\":{\"name\":\"press 4\",\"temperature\":26.25,\"pressure\":1.43},"
                        + "\"ambient\":{\"temperature\":20.9,\"humidity\":25},\"site\":{\"line\":\"A\",\"cell\":\"7\"},\"readings\":[");
        var separator = "";
        for (int i = 0; json.length() < 980; i++) {
            json.append(separator)
                    .append("{\"channel\":%d,\"value\":%.3f,\"unit\":\"mm\"}".formatted(i, 3.5 + i / 7.0));
            separator = ",";
        }
        return json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    private record Message(Map<String, String> properties, byte[] body) implements Routable {
        private static final Map<String, String> SYSTEM =
                Map.of("contentType", "application/json", "contentEncoding", "utf-8", "connectionModuleId", "sensor");

        @Override
        public String sourcePath() {
            return "/messages/modules/sensor/outputs/out";
        }

        @Override
        public @Nullable String property(String name) {
            return properties.get(name);
        }

        @Override
        public @Nullable String systemProperty(String name) {
            return SYSTEM.get(name);
        }
    }
}
