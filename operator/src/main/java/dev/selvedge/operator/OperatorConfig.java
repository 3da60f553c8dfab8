package dev.selvedge.operator;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.render.HubSettings;
import dev.selvedge.plan.DurationText;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.jspecify.annotations.Nullable;

/**
 * The operator's settings, all from the environment; the chart sets them.
 *
 * @param watchNamespaces empty: all namespaces
 * @param nodes empty: all of the cluster, which are watched; else these and no others, of which only pods tell whether they can be reached
 * @param lifetimes of certificates that are made from now on
 * @param managementPort of metrics and health; 0 chooses a free one
 * @param lease which the leader holds; null: no leader is elected
 */
public record OperatorConfig(
        Set<String> watchNamespaces,
        List<SiteNode> nodes,
        HubSettings hub,
        Lifetimes lifetimes,
        int managementPort,
        @Nullable Lease lease) {
    private static final String DEFAULT_RESOURCES =
            "{\"requests\":{\"memory\":\"192Mi\",\"cpu\":\"50m\"},\"limits\":{\"memory\":\"192Mi\"}}";

    /** Of the operators that ask for one lease one leads. */
    public record Lease(String namespace, String name) {}

    public OperatorConfig {
        watchNamespaces = Set.copyOf(watchNamespaces);
        nodes = List.copyOf(nodes);
    }

    /** Reads the settings. Throws IllegalArgumentException, in words for a person, on the first that is wrong. */
    public static OperatorConfig from(Map<String, String> env) {
        var hub = new HubSettings(
                required(env, "SELVEDGE_HUB_IMAGE"),
                env.getOrDefault("SELVEDGE_HUB_IMAGE_PULL_POLICY", "IfNotPresent"),
                list(env.getOrDefault("SELVEDGE_IMAGE_PULL_SECRETS", "")),
                resources(env.getOrDefault("SELVEDGE_HUB_RESOURCES", DEFAULT_RESOURCES)),
                role(required(env, "SELVEDGE_HUB_ROLE")));
        var election = !"false".equals(env.get("SELVEDGE_LEADER_ELECTION"));
        return new OperatorConfig(
                Set.copyOf(list(env.getOrDefault("SELVEDGE_WATCH_NAMESPACES", ""))),
                nodes(env.getOrDefault("SELVEDGE_NODES", "[]")),
                hub,
                lifetimes(env),
                port(env.getOrDefault("SELVEDGE_MANAGEMENT_PORT", "8080")),
                election ? lease(env) : null);
    }

    private static Lease lease(Map<String, String> env) {
        return new Lease(required(env, "SELVEDGE_NAMESPACE"), env.getOrDefault("SELVEDGE_LEASE", "selvedge-operator"));
    }

    private static String required(Map<String, String> env, String name) {
        var value = env.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("the environment variable " + name + " is not set");
        }
        return value;
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .distinct()
                .toList();
    }

    private static ResourceRequirements resources(String json) {
        try {
            return Serialization.unmarshal(json, ResourceRequirements.class);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("SELVEDGE_HUB_RESOURCES is no ResourceRequirements in JSON: " + json, e);
        }
    }

    private static List<SiteNode> nodes(String json) {
        try {
            return Stream.of(Serialization.unmarshal(json, NamedNode[].class))
                    .map(node -> SiteNode.of(
                            Objects.requireNonNull(node.name(), "a node without a name"),
                            Objects.requireNonNullElse(node.labels(), Map.of()),
                            true))
                    .toList();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("SELVEDGE_NODES is no list of {name, labels} in JSON: " + json, e);
        }
    }

    private record NamedNode(
            @Nullable String name, @Nullable Map<String, String> labels) {}

    /** Reads {@code KIND/NAME}. */
    private static RoleRef role(String text) {
        var parts = text.split("/", -1);
        if (parts.length != 2 || !Set.of("ClusterRole", "Role").contains(parts[0]) || parts[1].isEmpty()) {
            throw new IllegalArgumentException(
                    "SELVEDGE_HUB_ROLE is '" + text + "', not ClusterRole/NAME or Role/NAME");
        }
        return new RoleRef("rbac.authorization.k8s.io", parts[0], parts[1]);
    }

    private static Lifetimes lifetimes(Map<String, String> env) {
        return new Lifetimes(
                duration(env, "SELVEDGE_AUTHORITY_LIFETIME", Lifetimes.DEFAULT.authority()),
                duration(env, "SELVEDGE_CERTIFICATE_LIFETIME", Lifetimes.DEFAULT.certificate()));
    }

    private static Duration duration(Map<String, String> env, String name, Duration usual) {
        var text = env.get(name);
        try {
            return text == null ? usual : DurationText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static int port(String text) {
        try {
            var port = Integer.parseInt(text);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new IllegalArgumentException("SELVEDGE_MANAGEMENT_PORT is '" + text + "', not a port");
    }
}
