package dev.selvedge.e2e;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import org.awaitility.Awaitility;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

/** The Argo CD of {@code cluster/cluster argocd}, as a person sees it through its Applications. */
final class ArgoCd implements AutoCloseable {
    /** As which it changes objects. */
    static final String FIELD_MANAGER = "argocd-controller";

    private static final String NAMESPACE = "argocd";
    private static final Duration BUILD = Duration.ofMinutes(40);
    private static final Duration SYNCED = Duration.ofMinutes(4);
    private static final String[] RIGHT = {"Synced", "Healthy", "Succeeded"};

    private final Shell shell;
    private final KubernetesClient client;

    private ArgoCd(Shell shell, KubernetesClient client) {
        this.shell = shell;
        this.client = client;
    }

    static ArgoCd start(Shell shell, Cluster cluster) {
        shell.run(BUILD, List.of("cluster/cluster", "argocd", "up"));
        return new ArgoCd(shell, cluster.client());
    }

    MixedOperation<GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>> kind(
            String kind) {
        return client.genericKubernetesResources("argoproj.io/v1alpha1", kind);
    }

    Resource<GenericKubernetesResource> application(String name) {
        return kind("Application").inNamespace(NAMESPACE).withName(name);
    }

    /** Waits until these Applications are there, no other, and all are as they should be, with no operation that runs or failed. */
    void awaitSynced(String... names) {
        Awaitility.await("Synced, Healthy and at rest: " + String.join(", ", names))
                .atMost(SYNCED)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(() -> {
                    var states = states();
                    assertThat(states).containsOnlyKeys(names);
                    assertThat(states)
                            .allSatisfy((_, state) -> assertThat(state).startsWith(RIGHT));
                });
    }

    /** Asks for a look at the repository at once and waits until these Applications are at the last commit of theirs. */
    void refresh(String... names) {
        for (var name : names) {
            application(name)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"annotations\":{\"argocd.argoproj.io/refresh\":\"normal\"}}}");
        }
        Awaitility.await("a look at the repository")
                .atMost(SYNCED)
                .until(() -> List.of(names).stream()
                        .allMatch(name -> application(name)
                                        .require()
                                        .getMetadata()
                                        .getAnnotations()
                                        .get("argocd.argoproj.io/refresh")
                                == null));
    }

    /** When the last comparison of an Application with Git was. */
    String compared(String name) {
        return String.valueOf(application(name).require().<Object>get("status", "reconciledAt"));
    }

    /** Waits until these Applications were compared with Git once more. */
    void awaitCompared(String... names) {
        var before = Stream.of(names).collect(toMap(identity(), this::compared));
        Awaitility.await("a comparison of " + String.join(", ", names))
                .atMost(SYNCED)
                .until(() -> before.entrySet().stream()
                        .noneMatch(entry -> compared(entry.getKey()).equals(entry.getValue())));
    }

    /** Sync status, health, how the last operation ended, when it started, and what is wrong, of every Application. */
    private Map<String, List<String>> states() {
        var states = new TreeMap<String, List<String>>();
        kind("Application")
                .inNamespace(NAMESPACE)
                .list()
                .getItems()
                .forEach(application -> states.put(application.getMetadata().getName(), state(application)));
        return states;
    }

    private static List<String> state(GenericKubernetesResource application) {
        return List.of(
                text(application, "status", "sync", "status"),
                text(application, "status", "health", "status"),
                text(application, "status", "operationState", "phase"),
                text(application, "status", "operationState", "startedAt"),
                text(application, "status", "operationState", "message"),
                text(application, "status", "conditions"));
    }

    private static String text(GenericKubernetesResource object, Object... path) {
        return Objects.toString(object.get(path), "");
    }

    /** What any Application was for a moment that it was not at the start, during a while. */
    List<String> changesDuring(Duration duration) {
        return changesWhile(() -> Awaitility.await("the end of the watch")
                .pollDelay(duration)
                .atMost(duration.plusSeconds(60))
                .until(() -> true));
    }

    /** What any Application was for a moment that it was not at the start, while something happens. */
    List<String> changesWhile(Runnable happening) {
        var start = states();
        var seen = new ConcurrentLinkedQueue<String>();
        var watch = kind("Application").inNamespace(NAMESPACE).inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(GenericKubernetesResource application) {
                look(application);
            }

            @Override
            public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource application) {
                look(application);
            }

            @Override
            public void onDelete(GenericKubernetesResource application, boolean unknown) {
                seen.add(application.getMetadata().getName() + " is gone");
            }

            private void look(GenericKubernetesResource application) {
                change(start, application.getMetadata().getName(), state(application))
                        .ifPresent(seen::add);
            }
        });
        try (watch) {
            happening.run();
            assertThat(watch.isWatching()).as("it has looked all the time").isTrue();
            // the watch may be a moment behind
            states().forEach((name, state) -> change(start, name, state).ifPresent(seen::add));
            return List.copyOf(seen);
        }
    }

    private static Optional<String> change(Map<String, List<String>> start, String name, List<String> state) {
        return state.equals(start.get(name))
                ? Optional.empty()
                : Optional.of(name + " " + state + ", and was " + start.get(name));
    }

    /** {@code argocd app delete}, with or without what the Application made. */
    void delete(String name, boolean cascade) {
        if (cascade) {
            application(name)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"finalizers\":[\"resources-finalizer.argocd.argoproj.io\"]}}");
        }
        application(name).delete();
        Awaitility.await(name + " is gone")
                .atMost(SYNCED)
                .until(() -> application(name).get() == null);
    }

    @Override
    public void close() {
        shell.run("cluster/cluster", "argocd", "down");
    }
}
