package dev.selvedge.e2e;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;

/**
 * What Prometheus Operator makes of a PodMonitor or a ServiceMonitor: a scrape job for each of its endpoints, with the pods that are there now and
 * match its selector and port name, the labels it gives them, and the monitor's own relabelings.
 */
record Monitors(KubernetesClient client) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The scrape jobs of a monitor, as in {@code scrape_configs}. */
    List<Map<String, Object>> jobs(JsonNode monitor) {
        var ofPods = monitor.path("kind").asText().equals("PodMonitor");
        var jobs = new ArrayList<Map<String, Object>>();
        for (var endpoint : monitor.at(ofPods ? "/spec/podMetricsEndpoints" : "/spec/endpoints")) {
            var targets = ofPods ? pods(monitor, endpoint) : services(monitor, endpoint);
            var job = new LinkedHashMap<String, Object>();
            job.put("job_name", monitor.at("/metadata/name").asText() + "/" + jobs.size());
            job.put("metrics_path", endpoint.path("path").asText("/metrics"));
            job.put("honor_labels", endpoint.path("honorLabels").asBoolean());
            job.put(
                    "relabel_configs",
                    endpoint.path("relabelings")
                            .valueStream()
                            .map(Monitors::relabeling)
                            .toList());
            job.put("static_configs", targets);
            jobs.add(job);
        }
        return jobs;
    }

    private List<Map<String, Object>> pods(JsonNode monitor, JsonNode endpoint) {
        var port = endpoint.path("port").asText();
        var job = monitor.at("/metadata/namespace").asText() + "/"
                + monitor.at("/metadata/name").asText();
        return selected(client.pods(), monitor)
                .filter(pod -> pod.getStatus().getPodIP() != null)
                .filter(pod ->
                        !Set.of("Failed", "Succeeded").contains(pod.getStatus().getPhase()))
                .flatMap(pod -> pod.getSpec().getContainers().stream()
                        .flatMap(container -> container.getPorts().stream()
                                .filter(open -> port.equals(open.getName()))
                                .map(open -> target(
                                        pod.getStatus().getPodIP() + ":" + open.getContainerPort(),
                                        Map.of(
                                                "job", job,
                                                "endpoint", port,
                                                "container", container.getName()),
                                        pod))))
                .toList();
    }

    private List<Map<String, Object>> services(JsonNode monitor, JsonNode endpoint) {
        var port = endpoint.path("port").asText();
        return selected(client.services(), monitor)
                .flatMap(service -> addresses(service, port))
                .toList();
    }

    private Stream<Map<String, Object>> addresses(Service service, String port) {
        var namespace = service.getMetadata().getNamespace();
        var name = service.getMetadata().getName();
        var endpoints = client.endpoints().inNamespace(namespace).withName(name).require();
        return endpoints.getSubsets().stream()
                .flatMap(subset -> subset.getPorts().stream()
                        .filter(open -> port.equals(open.getName()))
                        .flatMap(open -> subset.getAddresses().stream()
                                .map(address -> target(
                                        address.getIp() + ":" + open.getPort(),
                                        Map.of("job", name, "service", name, "endpoint", port),
                                        client.pods()
                                                .inNamespace(namespace)
                                                .withName(address.getTargetRef().getName())
                                                .require()))));
    }

    private static Map<String, Object> target(String address, Map<String, String> labels, Pod pod) {
        var all = new LinkedHashMap<>(labels);
        all.put("namespace", pod.getMetadata().getNamespace());
        all.put("pod", pod.getMetadata().getName());
        all.put("__meta_kubernetes_pod_node_name", pod.getSpec().getNodeName());
        return Map.of("targets", List.of(address), "labels", all);
    }

    private static <T extends HasMetadata, L extends KubernetesResourceList<T>> Stream<T> selected(
            MixedOperation<T, L, ?> kind, JsonNode monitor) {
        var selector = JSON.convertValue(monitor.at("/spec/selector"), LabelSelector.class);
        var where = monitor.at("/spec/namespaceSelector");
        if (where.path("any").asBoolean()) {
            return kind.inAnyNamespace().withLabelSelector(selector).list().getItems().stream();
        }
        var names = where.path("matchNames").valueStream().map(JsonNode::asText).toList();
        var namespaces =
                names.isEmpty() ? List.of(monitor.at("/metadata/namespace").asText()) : names;
        return namespaces.stream()
                .flatMap(namespace ->
                        kind.inNamespace(namespace).withLabelSelector(selector).list().getItems().stream());
    }

    /** The same words, as Prometheus writes them: {@code sourceLabels} is {@code source_labels}. */
    private static Map<String, Object> relabeling(JsonNode relabeling) {
        var words = new LinkedHashMap<String, Object>();
        relabeling.properties().forEach(word -> {
            var name = word.getKey().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            words.put(name, JSON.convertValue(word.getValue(), Object.class));
        });
        return words;
    }
}
