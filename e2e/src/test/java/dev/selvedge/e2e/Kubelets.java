package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;

/** What the kubelets measure, as of some seconds ago. */
record Kubelets(KubernetesClient client) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The largest working set of the containers of a name, bytes; empty while none was measured. */
    OptionalLong workingSet(String namespace, String container) {
        return client.nodes().list().getItems().stream()
                .flatMapToLong(node -> workingSets(node.getMetadata().getName(), namespace, container))
                .max();
    }

    private LongStream workingSets(String node, String namespace, String container) {
        var summary = read("/api/v1/nodes/" + node + "/proxy/stats/summary");
        return StreamSupport.stream(summary.path("pods").spliterator(), false)
                .filter(pod -> pod.at("/podRef/namespace").asText().equals(namespace))
                .flatMap(pod -> StreamSupport.stream(pod.path("containers").spliterator(), false))
                .filter(one -> one.path("name").asText().equals(container))
                .map(one -> one.at("/memory/workingSetBytes"))
                .filter(JsonNode::isNumber)
                .mapToLong(JsonNode::asLong);
    }

    private JsonNode read(String path) {
        try {
            return JSON.readTree(client.raw(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
