package dev.selvedge.hub.kubernetes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.ModuleTwinSpec;
import dev.selvedge.api.v1alpha1.ModuleTwinStatus;
import dev.selvedge.identity.Identity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.assertj.core.api.Assertions;

/**
 * A namespace of its own with ModuleTwins on the throw-away cluster that {@code SELVEDGE_KUBECONFIG} names, and in it the rights that ship for hubs. What
 * is done here is done by somebody with all rights, as by the operator.
 */
final class TwinCluster implements AutoCloseable {
    private static final Path PROJECT = Path.of("..");
    private static final Path CRDS = PROJECT.resolve("helm/crds.yaml");
    private static final String ACCOUNT = "selvedge-hub";
    private static final String NODE_LABEL = "selvedge.dev/node";
    /** Where the API server says on which node the pod of a token runs; a slash may not be in the name of a header. */
    private static final String NODE = "authentication.kubernetes.io%2Fnode-name";

    private static final Pattern STATUS_WRITES = Pattern.compile(
            "(?m)^apiserver_request_total\\{(?=[^}]*resource=\"moduletwins\")[^}]*verb=\"(APPLY|PATCH|PUT|POST)\"[^}]*} (\\S+)$");

    private static final String DEFINITION = "moduletwins.selvedge.dev";
    private static final Duration RECONNECT = Duration.ofSeconds(1);
    private static final int LIMIT_SECONDS = 60;

    private final KubernetesClient client;
    private final List<HasMetadata> rights;
    private final String namespace = "hub-" + UUID.randomUUID().toString().substring(0, 8);

    TwinCluster() throws IOException {
        client = client(config(RECONNECT));
        try (var published = Files.newInputStream(CRDS)) {
            for (var crd : client.load(published).items()) {
                client.resource(crd).fieldManager("test").forceConflicts().serverSideApply();
            }
        }
        client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(DEFINITION)
                .waitUntilCondition(
                        crd -> crd.getStatus() != null
                                && crd.getStatus().getConditions() != null
                                && crd.getStatus().getConditions().stream()
                                        .anyMatch(is -> is.getType().equals("Established")
                                                && is.getStatus().equals("True")),
                        20,
                        TimeUnit.SECONDS);
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
        rights = shipped();
        rights.forEach(object ->
                client.resource(object).fieldManager("test").forceConflicts().serverSideApply());
        client.resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName(ACCOUNT)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", namespace + "-hub")
                        .addNewSubject("", "ServiceAccount", ACCOUNT, namespace)
                        .build())
                .create();
    }

    /** The role of hubs, and the policy that narrows it, as the chart has them, under names of this namespace. */
    private List<HasMetadata> shipped() throws IOException {
        var helm = output("helm/fetch").lines().reduce((_, last) -> last).orElseThrow();
        var chart = output(
                helm,
                "template",
                "helm/selvedge",
                "--set=fullnameOverride=" + namespace,
                "--show-only=templates/rbac.yaml",
                "--show-only=templates/admission-policy.yaml");
        return client.load(new ByteArrayInputStream(chart.getBytes(StandardCharsets.UTF_8))).items().stream()
                .filter(object -> object.getMetadata().getName().startsWith(namespace + "-hub"))
                .toList();
    }

    private static String output(String... command) throws IOException {
        var process = new ProcessBuilder(command)
                .directory(PROJECT.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = process.inputReader()) {
            return String.join("\n", out.readAllLines());
        }
    }

    /**
     * A client with the rights of a hub.
     *
     * @param node on which the hub runs
     * @param reconnect how long it waits before it begins again with a watch that ended
     */
    KubernetesClient hub(String node, Duration reconnect) {
        var config = config(reconnect);
        config.setImpersonateUsername("system:serviceaccount:" + namespace + ":" + ACCOUNT);
        config.setImpersonateGroups(
                "system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated");
        config.setImpersonateExtras(Map.of(NODE, List.of(node)));
        return client(config);
    }

    private static KubernetesClient client(Config config) {
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private static Config config(Duration reconnect) {
        var file = System.getenv("SELVEDGE_KUBECONFIG");
        if (file == null || file.isBlank()) {
            Assertions.fail(
                    "these tests need a cluster: set SELVEDGE_KUBECONFIG to the kubeconfig of a throw-away one");
        }
        var config = Config.fromKubeconfig(Path.of(file).toFile());
        config.setClientKeyAlgo(keyAlgorithm(config));
        config.setWatchReconnectInterval(Math.toIntExact(reconnect.toMillis()));
        return config;
    }

    /** The client takes every key for RSA unless it is told. */
    private static String keyAlgorithm(Config config) {
        if (config.getClientKeyData() == null) {
            return config.getClientKeyAlgo();
        }
        var pem = new String(Base64.getDecoder().decode(config.getClientKeyData()), StandardCharsets.US_ASCII);
        var der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        try {
            KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
            return "EC";
        } catch (GeneralSecurityException _) {
            return "RSA";
        }
    }

    String namespace() {
        return namespace;
    }

    /** Creates a twin of a node's, as the operator does. */
    void create(String name, String node, Identity identity) {
        var twin = named(name);
        twin.getMetadata().setLabels(Map.of(NODE_LABEL, node));
        twin.setSpec(new ModuleTwinSpec(identity.deviceId(), identity.moduleId(), null, null, null, null));
        client.resource(twin).create();
    }

    /** Writes the condition Ready, as the operator does. */
    void ready(String name) {
        var twin = named(name);
        twin.setStatus(new ModuleTwinStatus(
                null,
                null,
                null,
                null,
                1L,
                List.of(new Condition("Ready", "True", "Ready", "the hub's own", "2026-03-01T12:00:00Z", 1L))));
        client.resource(twin)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager("selvedge-operator-status")
                        .withForce(true)
                        .build());
    }

    void desire(String name, String properties) {
        resource(name)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"properties\":{\"desired\":" + properties + "}}}");
    }

    void delete(String name) {
        resource(name).delete();
    }

    /**
     * Returns when the API server has ended all watches of twins, and answers 410 Gone to whoever wants to go on from a version before: so it does
     * when their definition changes. Afterwards that is as it was.
     */
    void forget() {
        var all = client.resources(ModuleTwin.class).inNamespace(namespace);
        var version = all.list().getMetadata().getResourceVersion();
        var gone = new CompletableFuture<Void>();
        try (var _ = all.withResourceVersion(version).watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, ModuleTwin twin) {
                // of a hub that writes statuses
            }

            @Override
            public void onClose(WatcherException cause) {
                if (cause.isHttpGone()) {
                    gone.complete(null);
                } else {
                    gone.completeExceptionally(cause);
                }
            }
        })) {
            define("add", "{\"name\":\"Version\",\"type\":\"string\",\"jsonPath\":\".metadata.resourceVersion\"}");
            try {
                gone.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
            } finally {
                define("remove", "null");
            }
        }
    }

    /** Adds a first column to what kubectl shows of twins, or removes it. */
    private void define(String operation, String column) {
        client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName(DEFINITION)
                .patch(
                        PatchContext.of(PatchType.JSON),
                        "[{\"op\":\"" + operation
                                + "\",\"path\":\"/spec/versions/0/additionalPrinterColumns/0\",\"value\":" + column
                                + "}]");
    }

    private Resource<ModuleTwin> resource(String name) {
        return client.resources(ModuleTwin.class).inNamespace(namespace).withName(name);
    }

    ModuleTwin twin(String name) {
        return resource(name).require();
    }

    List<ModuleTwin> twins() {
        return client.resources(ModuleTwin.class).inNamespace(namespace).list().getItems();
    }

    /** Requests that wrote a twin or its status since the API server started, as it counts them. */
    long writes() {
        return STATUS_WRITES
                .matcher(client.raw("/metrics"))
                .results()
                .mapToLong(line -> (long) Double.parseDouble(line.group(2)))
                .sum();
    }

    private ModuleTwin named(String name) {
        var twin = new ModuleTwin();
        twin.getMetadata().setName(name);
        twin.getMetadata().setNamespace(namespace);
        return twin;
    }

    @Override
    public void close() {
        rights.forEach(object -> client.resource(object).delete());
        client.namespaces().withName(namespace).delete();
        client.close();
    }
}
