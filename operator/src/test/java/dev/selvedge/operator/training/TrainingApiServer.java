package dev.selvedge.operator.training;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.selvedge.twin.MergePatch;

/**
 * Speaks as much of the Kubernetes API as the operator needs to walk through its day while the image build records an AOT cache: lists,
 * watches, applies, a StatefulSet whose pod is up at once. It checks nothing and is no ground for any test.
 *
 * <p>Run as a program it serves the objects of a folder on a free loopback port, writes a kubeconfig for it, and ends with its standard input.
 */
public final class TrainingApiServer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PATH = Pattern.compile(
            "/apis?(/[a-z0-9.-]+)?/v[a-z0-9]+(/namespaces/(?<ns>[^/]+))?/(?<kind>[a-z]+)(/(?<name>[^/]+))?(/(?<sub>[a-z]+))?");

    private final Map<String, ObjectNode> objects = new TreeMap<>();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private long version = 100;

    private record Watch(String kind, boolean ownOnly, BlockingQueue<String> events) {}

    /** Arguments: a folder with JSON manifests, and where to write the kubeconfig. */
    public static void main(String[] args) throws IOException {
        var api = new TrainingApiServer();
        try (var files = Files.list(Path.of(args[0]))) {
            for (var file : files.sorted().toList()) {
                var object = (ObjectNode) JSON.readTree(file.toFile());
                api.store(object.path("kind").asText().toLowerCase(Locale.ROOT) + "s", object);
            }
        }
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", api::answer);
        server.start();
        Files.writeString(Path.of(args[1]), """
                apiVersion: v1
                kind: Config
                clusters: [{name: training, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: training, user: {token: none}}]
                contexts: [{name: training, context: {cluster: training, user: training}}]
                current-context: training
                """.formatted(server.getAddress().getPort()));
        while (System.in.read() >= 0) {
            // serve until whoever started us is gone
        }
        System.exit(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var match = PATH.matcher(exchange.getRequestURI().getPath());
            var query = String.valueOf(exchange.getRequestURI().getQuery());
            if (!match.matches()) {
                send(exchange, 404, status(404));
            } else if (query.contains("watch=true")) {
                watch(exchange, match.group("kind"), query);
            } else {
                var body = exchange.getRequestBody().readAllBytes();
                request(exchange, match, query, body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body));
            }
        }
    }

    private void request(HttpExchange exchange, Matcher path, String query, JsonNode body) throws IOException {
        var kind = path.group("kind");
        var name = path.group("name");
        var key = kind + "/" + path.group("ns") + "/" + name;
        switch (exchange.getRequestMethod()) {
            case "GET" -> {
                if (name == null) {
                    send(exchange, 200, list(kind, query));
                } else {
                    var found = objects.get(key);
                    send(exchange, found == null ? 404 : 200, found == null ? status(404) : found);
                }
            }
            case "POST" -> send(exchange, 201, store(kind, (ObjectNode) body));
            case "PATCH" ->
                send(exchange, 200, apply(kind, key, query, "status".equals(path.group("sub")), (ObjectNode) body));
            case "DELETE" -> send(exchange, 200, delete(kind, key));
            default -> send(exchange, 405, status(405));
        }
    }

    private synchronized ObjectNode list(String kind, String query) {
        var list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "List");
        list.putObject("metadata").put("resourceVersion", String.valueOf(version));
        var items = list.putArray("items");
        objects.forEach((key, object) -> {
            if (key.startsWith(kind + "/") && (!ownOnly(query) || own(object))) {
                items.add(object);
            }
        });
        return list;
    }

    private synchronized ObjectNode store(String kind, ObjectNode object) {
        if (kind.equals("selfsubjectrulesreviews")) {
            var rules = object.putObject("status").put("incomplete", false);
            rules.putArray("nonResourceRules");
            var rule = rules.putArray("resourceRules").addObject();
            for (var part : List.of("apiGroups", "resources", "verbs")) {
                rule.putArray(part).add("*");
            }
            return object;
        }
        var meta = object.withObject("metadata");
        if (!meta.has("name")) {
            meta.put("name", meta.path("generateName").asText() + version);
        }
        meta.put("uid", UUID.randomUUID().toString())
                .put("generation", 1)
                .put("creationTimestamp", "2026-01-01T00:00:00Z");
        return put(kind, object, "ADDED");
    }

    private synchronized ObjectNode apply(String kind, String key, String query, boolean status, ObjectNode body) {
        var before = objects.get(key);
        var manager = query.replaceFirst(".*fieldManager=([^&]*).*", "$1");
        if (before == null) {
            var created = body.deepCopy();
            managed(created, manager);
            return store(kind, created);
        }
        if (!status) {
            body.remove("status");
        }
        body.withObject("metadata").remove("resourceVersion");
        var after = MergePatch.apply(before, body);
        if (after.equals(before)) {
            return before;
        }
        return put(kind, after, "MODIFIED");
    }

    /** What the manager owns: every field it sent, lists as a whole. */
    private static void managed(ObjectNode object, String manager) {
        var fields = fields(object);
        fields.remove(List.of("f:apiVersion", "f:kind"));
        fields.withObject("f:metadata").remove(List.of("f:name", "f:namespace"));
        var entry = object.withObject("metadata").putArray("managedFields").addObject();
        entry.put("manager", manager)
                .put("operation", "Apply")
                .put("fieldsType", "FieldsV1")
                .set("fieldsV1", fields);
    }

    private static ObjectNode fields(ObjectNode object) {
        var fields = JSON.createObjectNode();
        object.properties()
                .forEach(field -> fields.set(
                        "f:" + field.getKey(),
                        field.getValue() instanceof ObjectNode inner ? fields(inner) : JSON.createObjectNode()));
        return fields;
    }

    private ObjectNode put(String kind, ObjectNode object, String event) {
        var meta = object.withObject("metadata").put("resourceVersion", String.valueOf(++version));
        if (kind.equals("services")) {
            object.withObject("spec").put("clusterIP", "10.0.0.7");
        }
        var namespace = meta.has("namespace") ? meta.path("namespace").asText() : "null";
        objects.put(kind + "/" + namespace + "/" + meta.path("name").asText(), object);
        tell(kind, object, event);
        if (kind.equals("statefulsets") && event.equals("ADDED")) {
            startPod(object);
        }
        return object;
    }

    private void startPod(ObjectNode set) {
        set.putObject("status")
                .put("observedGeneration", 1)
                .put("updateRevision", "r1")
                .put("replicas", 1);
        tell("statefulsets", set, "MODIFIED");
        var pod = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Pod");
        pod.putObject("metadata")
                .put("name", set.at("/metadata/name").asText() + "-0")
                .put("namespace", set.at("/metadata/namespace").asText())
                .set("labels", set.at("/spec/template/metadata/labels").deepCopy());
        pod.withObject("metadata").withObject("labels").put("controller-revision-hash", "r1");
        pod.putObject("status")
                .put("phase", "Running")
                .putArray("conditions")
                .addObject()
                .put("type", "Ready")
                .put("status", "True");
        store("pods", pod);
    }

    private synchronized ObjectNode delete(String kind, String key) {
        var gone = objects.remove(key);
        if (gone == null) {
            return status(404);
        }
        tell(kind, gone, "DELETED");
        return gone;
    }

    private void tell(String kind, ObjectNode object, String event) {
        var line =
                JSON.createObjectNode().put("type", event).set("object", object).toString() + "\n";
        for (var watch : watches) {
            if (watch.kind().equals(kind) && (!watch.ownOnly() || own(object))) {
                watch.events().add(line);
            }
        }
    }

    /** Web sockets are answered 200, which is no upgrade: the client then watches over plain HTTP. */
    private void watch(HttpExchange exchange, String kind, String query) throws IOException {
        if (exchange.getRequestHeaders().containsKey("Upgrade")) {
            send(exchange, 200, status(200));
            return;
        }
        var watch = new Watch(kind, ownOnly(query), new LinkedBlockingQueue<>());
        watches.add(watch);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        try (var out = exchange.getResponseBody()) {
            stream(watch, out);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            watches.remove(watch);
        }
    }

    private static void stream(Watch watch, OutputStream out) throws IOException, InterruptedException {
        out.flush();
        while (true) {
            out.write(watch.events().take().getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    private static boolean ownOnly(String query) {
        return query.contains("managed-by");
    }

    private static boolean own(ObjectNode object) {
        return object.at("/metadata/labels").has("app.kubernetes.io/managed-by");
    }

    private static ObjectNode status(int code) {
        return JSON.createObjectNode()
                .put("apiVersion", "v1")
                .put("kind", "Status")
                .put("status", "Failure")
                .put("code", code)
                .put("message", "training: " + code);
    }

    private static void send(HttpExchange exchange, int code, JsonNode body) throws IOException {
        var bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
