package dev.selvedge.e2e;

import java.time.Duration;
import java.util.List;

/** Selvedge itself, as a user installs it: images onto the nodes, then the chart. */
public final class Selvedge {
    /** The operator's namespace. */
    public static final String NAMESPACE = "selvedge-system";

    private Selvedge() {}

    /** Builds the images if they changed, loads them, and installs or upgrades the chart. */
    public static void install(Shell shell, Cluster cluster) {
        var archives = shell.run(Duration.ofMinutes(10), List.of("images/build"))
                .lines()
                .filter(line -> line.endsWith(".tar"))
                .toList();
        cluster.load(archives);
        var helm = shell.run("helm/fetch").lines().reduce((_, last) -> last).orElseThrow();
        shell.run(
                Duration.ofMinutes(3),
                List.of(
                        helm,
                        "--kubeconfig",
                        cluster.kubeconfig().toString(),
                        "upgrade",
                        "--install",
                        "selvedge",
                        "helm/selvedge",
                        "--namespace",
                        NAMESPACE,
                        "--create-namespace",
                        "--wait",
                        "--timeout",
                        "150s"));
    }
}
