package dev.selvedge.operator;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.operator.chart.Chart;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.render.HubSettings;
import dev.selvedge.operator.rollout.Rollout;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.RoleRefBuilder;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.api.model.rbac.SubjectBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import org.awaitility.Awaitility;

/**
 * A namespace of its own on a real API server, nodes that exist only as objects, and the operator run in this process under the rights that
 * ship. The cluster must have no other operator of Selvedge that watches this namespace. {@link #user()} is somebody with all rights: the person at kubectl, and the parts of the cluster that are not there.
 */
final class ClusterSite implements AutoCloseable {
    /** The smallest EdgeHub, on all nodes of a site; ends where more of its spec may follow. For {@link #apply(String)}. */
    static final String HUB = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeHub
            metadata: {name: hub}
            spec:
              nodeSelector: {MARK}
              storage: {size: 128Mi}
            """;

    /** The smallest EdgeModule. */
    static final String SENSOR = """
            apiVersion: selvedge.dev/v1alpha1
            kind: EdgeModule
            metadata: {name: sensor}
            spec: {image: "registry.example/sensor:1"}
            """;

    private static final String OPERATOR = "selvedge-operator-test";
    private static final String HUB_ROLE = "selvedge-hub";
    private static final Path CRDS = Path.of("../helm/crds.yaml");

    private final Config config;
    private final KubernetesClient user;
    private final String id = UUID.randomUUID().toString().substring(0, 8);
    private final String namespace = "op-" + id;
    private final List<Running> running = new ArrayList<>();
    private final Map<String, Stands> nodes = new ConcurrentHashMap<>();
    private String hubImage = "registry.example/selvedge-hub:test";
    private Lifetimes lifetimes = Lifetimes.DEFAULT;
    private InstantSource clock = InstantSource.system();
    private final ScheduledExecutorService kubelets = Executors.newSingleThreadScheduledExecutor();

    /** What a node says of itself, and since when. */
    private record Stands(String status, Instant since) {}

    /** An operator in this process, and the writes it sent. */
    record Running(SelvedgeOperator operator, KubernetesClient client, List<String> writes, AtomicBoolean lost) {}

    static ClusterSite create() {
        return new ClusterSite(TestCluster.config());
    }

    private ClusterSite(Config config) {
        this.config = config;
        user = new KubernetesClientBuilder().withConfig(config).build();
        installCrds();
        var _ = kubelets.scheduleAtFixedRate(() -> nodes.forEach(this::beat), 4, 4, TimeUnit.SECONDS);
        apply(new NamespaceBuilder()
                .withNewMetadata()
                .withName(namespace)
                .endMetadata()
                .build());
        for (var role : Chart.render("--show-only", "templates/rbac.yaml")) {
            if (role.getKind().equals("ClusterRole")) {
                apply(role);
            } else if (role.getKind().equals("Role")) {
                role.getMetadata().setNamespace(namespace);
                apply(role);
            }
        }
        apply(new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("selvedge-operator-test")
                .endMetadata()
                .withRoleRef(role("ClusterRole", "selvedge"))
                .withSubjects(operator())
                .build());
        apply(new RoleBindingBuilder()
                .withNewMetadata()
                .withName("selvedge-leader")
                .withNamespace(namespace)
                .endMetadata()
                .withRoleRef(role("Role", "selvedge-leader"))
                .withSubjects(operator())
                .build());
    }

    private HubSettings hubs(RoleRef role) {
        return new HubSettings(
                hubImage,
                "IfNotPresent",
                List.of(),
                new ResourceRequirementsBuilder()
                        .withLimits(Map.of("memory", new Quantity("192Mi")))
                        .build(),
                role);
    }

    private static RoleRef role(String kind, String name) {
        return new RoleRefBuilder()
                .withApiGroup("rbac.authorization.k8s.io")
                .withKind(kind)
                .withName(name)
                .build();
    }

    private static Subject operator() {
        return new SubjectBuilder()
                .withKind("User")
                .withName(OPERATOR)
                .withApiGroup("rbac.authorization.k8s.io")
                .build();
    }

    KubernetesClient user() {
        return user;
    }

    String namespace() {
        return namespace;
    }

    /** The name of a node of this site, unlike any other test's. */
    String node(String name) {
        return name + "-" + id;
    }

    /** Labels that only this site's nodes carry. */
    Map<String, String> mark() {
        return Map.of("selvedge.test/site", id);
    }

    /** Adds a node that is ready and belongs to this site. */
    void addNode(String name) {
        addNode(name, Map.of());
    }

    /** Adds a node that is ready, belongs to this site and has more labels. Nothing is ever scheduled there, since nobody would run it. */
    void addNode(String name, Map<String, String> more) {
        var full = node(name);
        var labels = new HashMap<>(mark());
        labels.put("kubernetes.io/hostname", full);
        labels.putAll(more);
        user.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(full)
                        .withLabels(labels)
                        .endMetadata()
                        .withNewSpec()
                        .addNewTaint("NoSchedule", "selvedge.test/no-kubelet", null, null)
                        .endSpec()
                        .build())
                .create();
        setReady(name, "True");
    }

    /** Sets a label of a node, or with null takes it away. */
    void label(String name, String label, String value) {
        patch(
                name,
                "{\"metadata\":{\"labels\":{\"" + label + "\":" + (value == null ? null : "\"" + value + "\"") + "}}}");
    }

    /** As kubectl cordon and uncordon do. */
    void cordon(String name, boolean cordoned) {
        patch(name, "{\"spec\":{\"unschedulable\":" + cordoned + "}}");
    }

    private void patch(String node, String patch) {
        user.nodes().withName(node(node)).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    /** Takes a node out of the cluster. */
    void removeNode(String name) {
        nodes.remove(node(name));
        user.nodes().withName(node(name)).delete();
    }

    /** Sets what a node says of itself, or, with Unknown, what the cluster says of a node that is cut off. */
    void setReady(String name, String status) {
        var stands = nodes.compute(
                node(name),
                (_, before) -> before != null && before.status().equals(status) ? before : new Stands(status, now()));
        beat(node(name), stands);
    }

    private static Instant now() {
        return InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /** A heart-beat, so that the cluster's own controllers take the node for a living one. */
    private void beat(String node, Stands stands) {
        var condition = "{\"type\":\"Ready\",\"status\":\"" + stands.status()
                + "\",\"reason\":\"Test\",\"lastHeartbeatTime\":\"" + now() + "\",\"lastTransitionTime\":\""
                + stands.since() + "\"}";
        try {
            user.nodes()
                    .withName(node)
                    .subresource("status")
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":{\"conditions\":[" + condition + "]}}");
        } catch (KubernetesClientException e) {
            if (e.getCode() != 404) {
                throw e;
            }
        }
    }

    /** Creates an object as a user does with kubectl, from YAML in which NS, NODE(x) and MARK stand for this site's. */
    void apply(String yaml) {
        var text = yaml.replace("NS", namespace).replace("MARK", "selvedge.test/site: \"" + id + "\"");
        for (var item : user.load(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                .items()) {
            user.resource(item)
                    .inNamespace(namespace)
                    .fieldManager("kubectl")
                    .forceConflicts()
                    .serverSideApply();
        }
    }

    /** What a kubelet says of a pod that has come up. */
    void runs(String set) {
        says(set, "True", now());
    }

    /** What a kubelet says of a pod whose container has just ended. */
    void ends(String set) {
        says(set, "False", now());
    }

    /** What the cluster says of a pod that was up when its node was cut off. */
    void isCutOff(String set) {
        says(set, "False", "True", now());
    }

    private void says(String set, String ready, Instant since) {
        says(set, ready, ready, since);
    }

    private void says(String set, String ready, String containers, Instant since) {
        user.pods().inNamespace(namespace).withName(set + "-0").editStatus(pod -> {
            var is = conditions(pod)
                    .filter(c -> c.getType().equals("Ready") && c.getStatus().equals(ready))
                    .findFirst();
            var at = is.map(PodCondition::getLastTransitionTime).orElse(since.toString());
            return new PodBuilder(pod)
                    .editOrNewStatus()
                    .withPhase("Running")
                    .withConditions(condition("Ready", ready, at), condition("ContainersReady", containers, at))
                    .endStatus()
                    .build();
        });
    }

    private static Stream<PodCondition> conditions(Pod pod) {
        return Optional.ofNullable(pod.getStatus().getConditions()).orElse(List.of()).stream();
    }

    private static PodCondition condition(String type, String status, String since) {
        return new PodConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withLastTransitionTime(since)
                .build();
    }

    /** From now on nodes pull every image that they are told to. */
    void nodesPull() {
        var _ = kubelets.scheduleAtFixedRate(() -> pullPods().forEach(this::pulled), 0, 250, TimeUnit.MILLISECONDS);
    }

    /** What a kubelet says when it has pulled the image of a pod and found nothing in it to run. */
    void pulled(Pod pod) {
        pull(pod, "Failed", "sha256:12", "{\"terminated\":{\"exitCode\":128,\"reason\":\"StartError\"}}");
    }

    /** What a kubelet says when there is no such image. */
    void notPulled(Pod pod) {
        pull(
                pod,
                "Pending",
                "",
                "{\"waiting\":{\"reason\":\"ErrImagePull\",\"message\":\"failed to pull: not found\"}}");
    }

    private void pull(Pod pod, String phase, String imageId, String state) {
        var container = pod.getSpec().getContainers().getFirst();
        try {
            user.resource(pod).subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), """
                            {"status": {"phase": "%s", "containerStatuses": [
                              {"name": "%s", "image": "%s", "imageID": "%s", "ready": false, "restartCount": 0, "state": %s}]}}
                            """.formatted(
                            phase, container.getName(), container.getImage(), imageId, state));
        } catch (KubernetesClientException e) {
            if (e.getCode() != 404) {
                throw e;
            }
        }
    }

    /** The pods that are to have an image pulled, and have not ended. */
    List<Pod> pullPods() {
        return user
                .pods()
                .inNamespace(namespace)
                .withLabel("app.kubernetes.io/component", "pull")
                .list()
                .getItems()
                .stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null
                        && "Pending".equals(pod.getStatus().getPhase()))
                .toList();
    }

    /** The names of the Jobs that pull images. */
    List<String> pullJobs() {
        return user.batch().v1().jobs().inNamespace(namespace).list().getItems().stream()
                .map(job -> job.getMetadata().getName())
                .sorted()
                .toList();
    }

    /** A StatefulSet, or null. */
    StatefulSet set(String name) {
        return user.apps().statefulSets().inNamespace(namespace).withName(name).get();
    }

    /** The pod of a StatefulSet, or null. */
    Pod pod(String set) {
        return user.pods().inNamespace(namespace).withName(set + "-0").get();
    }

    /** An object of this site, or null. */
    <T extends HasMetadata> T get(Class<T> kind, String name) {
        return user.resources(kind).inNamespace(namespace).withName(name).get();
    }

    /** What the site's EdgeHub, named hub, says. */
    Said hub() {
        return Said.by(get(EdgeHub.class, "hub"));
    }

    /** What an EdgeModule says. */
    Said module(String name) {
        return Said.by(get(EdgeModule.class, name));
    }

    /** As they are published, where conditions are a map by type. */
    private void installCrds() {
        try (var published = Files.newInputStream(CRDS)) {
            for (var crd : user.load(published).items()) {
                apply(crd);
                user.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName(crd.getMetadata().getName())
                        .waitUntilCondition(
                                c -> c.getStatus().getConditions() != null
                                        && c.getStatus().getConditions().stream()
                                                .anyMatch(is -> is.getType().equals("Established")
                                                        && is.getStatus().equals("True")),
                                20,
                                TimeUnit.SECONDS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T extends HasMetadata> void apply(T object) {
        user.resource(object).fieldManager("test").forceConflicts().serverSideApply();
    }

    /** Operators that start from now on go by this clock, and certificates live this long. */
    void certificates(Lifetimes lives, InstantSource time) {
        lifetimes = lives;
        clock = time;
    }

    /** Operators that start from now on go by this clock. */
    void clock(InstantSource time) {
        clock = time;
    }

    /** Operators that start from now on bring this image for the hubs. */
    void hubImage(String image) {
        hubImage = image;
    }

    Running start() {
        return start(false);
    }

    Running start(boolean election) {
        return start(election, config.getMasterUrl());
    }

    /** Starts an operator that reaches the API server by another way. */
    Running start(Link link, boolean election) {
        return start(election, link.url());
    }

    /** A way of its own to the API server. */
    Link link() {
        return new Link(URI.create(config.getMasterUrl()));
    }

    private Running start(boolean election, String url) {
        var settings = new OperatorConfig(
                Set.of(namespace),
                List.of(),
                hubs(role("ClusterRole", HUB_ROLE)),
                lifetimes,
                0,
                election ? new OperatorConfig.Lease(namespace, "selvedge-operator") : null);
        return run(settings, url, OPERATOR, "system:authenticated");
    }

    /** Runs an operator as a user of the API server, with no rights but those that the user and the groups have. */
    Running start(OperatorConfig settings, String as, String... groups) {
        return run(settings, config.getMasterUrl(), as, groups);
    }

    private Running run(OperatorConfig settings, String url, String as, String... groups) {
        var writes = new CopyOnWriteArrayList<String>();
        var lost = new AtomicBoolean();
        var client = new KubernetesClientBuilder()
                .withConfig(OperatorMain.patient(new ConfigBuilder(config)
                        .withMasterUrl(url)
                        .withImpersonateUsername(as)
                        .withImpersonateGroups(groups)
                        .build()))
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("writes", new Interceptor() {
                    @Override
                    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                        var path = request.uri().getPath();
                        if (!request.method().equals("GET")
                                && !String.valueOf(request.uri().getQuery()).contains("dryRun=All")
                                && !path.contains("/leases")
                                && !path.contains("selfsubject")) {
                            writes.add(request.method() + " " + path);
                        }
                    }
                }))
                .build();
        var operator = new SelvedgeOperator(settings, client, clock, Metrics.NOOP, () -> lost.set(true));
        operator.start();
        var started = new Running(operator, client, writes, lost);
        running.add(started);
        return started;
    }

    void stop(Running one) {
        running.remove(one);
        one.operator().close();
        one.client().close();
    }

    /** Waits until nothing was written for two seconds, at most thirty. */
    static void settle(Running one) {
        settle(one, Duration.ofSeconds(2));
    }

    /** Waits until nothing was written for as long as an instance must be up before its change is over. */
    static void settleWithInstances(Running one) {
        settle(one, Rollout.SETTLED.plusSeconds(2));
    }

    private static void settle(Running one, Duration quiet) {
        var last = new int[] {-1};
        Awaitility.await("no more writes")
                .atMost(quiet.multipliedBy(5).plusSeconds(20))
                .pollInterval(quiet)
                .until(() -> {
                    var now = one.writes().size();
                    var same = now == last[0];
                    last[0] = now;
                    return same;
                });
    }

    @Override
    public void close() {
        List.copyOf(running).forEach(this::stop);
        kubelets.shutdownNow();
        nodes.keySet().forEach(node -> user.nodes().withName(node).delete());
        try {
            user.namespaces().withName(namespace).delete();
        } catch (KubernetesClientException e) {
            throw new IllegalStateException("namespace " + namespace + " is left over", e);
        }
        user.close();
    }
}
