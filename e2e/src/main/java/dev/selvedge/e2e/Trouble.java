package dev.selvedge.e2e;

import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;

/** What a cluster says of pods that do not come up, for whoever reads only the message of what waited for them. */
final class Trouble {
    private static final int EVENTS = 15;
    private static final int LINES = 25;

    private Trouble() {}

    /** The last events of a namespace, and of its pods that are not ready the state and the end of the log. */
    static String in(String namespace, KubernetesClient client) {
        try {
            var events = client.v1().events().inNamespace(namespace).list().getItems().stream()
                    .sorted(Comparator.comparing(Trouble::time))
                    .map(event -> time(event) + " " + event.getInvolvedObject().getName() + " " + event.getReason()
                            + ": " + event.getMessage())
                    .toList();
            var pods = client.pods().inNamespace(namespace).list().getItems().stream()
                    .filter(pod -> !Readiness.isPodReady(pod))
                    .flatMap(pod -> of(pod, client));
            return Stream.concat(events.subList(Math.max(0, events.size() - EVENTS), events.size()).stream(), pods)
                    .collect(Collectors.joining("\n"));
        } catch (KubernetesClientException e) {
            return "and the cluster does not say why: " + e.getMessage();
        }
    }

    private static Stream<String> of(Pod pod, KubernetesClient client) {
        var name = pod.getMetadata().getName();
        var states = pod.getStatus().getContainerStatuses().stream()
                .map(container -> name + " on " + pod.getSpec().getNodeName() + " at "
                        + pod.getStatus().getPodIP() + ", restarts " + container.getRestartCount() + ": "
                        + container.getState() + ", before: " + container.getLastState());
        return Stream.concat(states, Stream.concat(log(pod, client, false), log(pod, client, true)));
    }

    /** Of the container that runs, or of the one before it. */
    private static Stream<String> log(Pod pod, KubernetesClient client, boolean before) {
        try {
            var resource = client.pods().resource(pod);
            var log = before
                    ? resource.terminated().tailingLines(LINES).getLog()
                    : resource.tailingLines(LINES).getLog();
            return Stream.of((before ? "log of the container before:\n" : "log:\n") + log);
        } catch (KubernetesClientException _) {
            return Stream.of();
        }
    }

    private static String time(Event event) {
        return Stream.of(
                        event.getLastTimestamp(),
                        event.getFirstTimestamp(),
                        event.getMetadata().getCreationTimestamp())
                .filter(time -> time != null && !time.isBlank())
                .findFirst()
                .orElse("");
    }
}
