package dev.selvedge.e2e;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;

/** Selvedge itself, as a user installs it: images onto the nodes, then the chart. */
public final class Selvedge {
    /** The operator's namespace. */
    public static final String NAMESPACE = "selvedge-system";

    private static final List<String> IMAGES =
            List.of("busybox", "hub", "operator", "weather-sensor", "filter", "alarm", "mosquitto");
    private static final String RELEASE = "selvedge";

    private Selvedge() {}

    /** Builds the images if they changed, brings them to the nodes, and installs or upgrades the chart with these values, {@code key=value}. */
    public static void install(Shell shell, Cluster cluster, String... values) {
        bringImages(shell, cluster);
        install(shell, cluster, Path.of("helm/selvedge"), values);
    }

    /** Installs a chart, or upgrades to it, with these values, {@code key=value}, and no others from before. Its images must be where the nodes find them. */
    static void install(Shell shell, Cluster cluster, Path chart, String... values) {
        var arguments = new ArrayList<>(List.of("upgrade", "--install", RELEASE, chart.toString()));
        arguments.addAll(List.of("--create-namespace", "--timeout", "150s", "--reset-values"));
        cluster.registry().ifPresent(registry -> {
            cluster.makeNamespace(NAMESPACE);
            registry.values().forEach(value -> arguments.addAll(List.of("--set", value)));
        });
        for (var value : values) {
            arguments.addAll(List.of("--set", value));
        }
        try {
            helm(shell, cluster, arguments);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(e.getMessage() + "\n" + Trouble.in(NAMESPACE, cluster.client()), e);
        }
    }

    /** Goes back to what was installed before the last install or upgrade. */
    static void rollback(Shell shell, Cluster cluster) {
        helm(shell, cluster, List.of("rollback", RELEASE, "--timeout", "150s"));
    }

    private static void bringImages(Shell shell, Cluster cluster) {
        var command = new ArrayList<>(List.of("images/build"));
        cluster.registry().ifPresent(registry -> command.addAll(List.of("--push", registry.name())));
        command.addAll(IMAGES);
        var archives = shell.run(Duration.ofMinutes(10), command)
                .lines()
                .filter(line -> line.endsWith(".tar"))
                .toList();
        cluster.load(archives);
    }

    /** The reference of one of the project's images on the nodes. */
    public static String image(Shell shell, Cluster cluster, String name) {
        return images(cluster) + "/" + name + ":" + version(shell);
    }

    /** The reference of the image with a shell and nothing of ours, for pods that do next to nothing. */
    static String busybox(Cluster cluster) {
        return images(cluster) + "/busybox:1";
    }

    private static String images(Cluster cluster) {
        return cluster.registry().map(Registry::name).orElse("selvedge.dev");
    }

    /** The version of this checkout: of its chart, and the tag of its images. */
    static String version(Shell shell) {
        return shell.run("images/build", "--version");
    }

    /** Takes the chart away; sites and their volumes stay. What Helm says of it. */
    public static String uninstall(Shell shell, Cluster cluster) {
        return helm(shell, cluster, List.of("uninstall", RELEASE));
    }

    /** The objects that the chart would install with these values. */
    public static List<JsonNode> render(Shell shell, String... values) {
        var command = new ArrayList<>(List.of(helm(shell), "template", RELEASE, "helm/selvedge"));
        command.addAll(List.of("--namespace", NAMESPACE));
        for (var value : values) {
            command.addAll(List.of("--set", value));
        }
        return Arrays.stream(shell.run(Duration.ofMinutes(1), command).split("(?m)^---$"))
                .filter(document -> document.contains("kind:"))
                .map(document -> Serialization.unmarshal(document, JsonNode.class))
                .toList();
    }

    private static String helm(Shell shell) {
        return shell.run("helm/fetch").lines().reduce((_, last) -> last).orElseThrow();
    }

    private static String helm(Shell shell, Cluster cluster, List<String> arguments) {
        var command = new ArrayList<>(List.of(helm(shell)));
        command.addAll(arguments);
        command.addAll(List.of("--wait", "--namespace", NAMESPACE));
        command.addAll(List.of("--kubeconfig", cluster.kubeconfig().toString()));
        return shell.run(Duration.ofMinutes(3), command);
    }
}
