package dev.selvedge.operator.chart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;

/** {@code helm/selvedge} as helm renders it for a release {@code selvedge} in the namespace {@code selvedge-system}. */
public final class Chart {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

    private Chart() {}

    /** What helm said, and whether it was content. */
    public record Answer(int code, String text) {}

    /** All objects of a rendering, with more arguments for helm. */
    public static List<GenericKubernetesResource> render(String... arguments) {
        return objects(helm("template", arguments));
    }

    /** All objects of a release of another name in the same namespace. */
    static List<GenericKubernetesResource> renderRelease(String release) {
        return objects(run(List.of(binary(), "template", release, "--namespace", "selvedge-system", "helm/selvedge")));
    }

    /** All objects of the same release from a chart that was packaged. */
    static List<GenericKubernetesResource> renderPackage(Path chart, String... arguments) {
        var command = new ArrayList<>(
                List.of(binary(), "template", "selvedge", "--namespace", "selvedge-system", chart.toString()));
        command.addAll(List.of(arguments));
        return objects(run(command));
    }

    /** The Applications that {@code examples/gitops} makes of a site's file. */
    static List<GenericKubernetesResource> applications(String site) {
        var values = "examples/gitops/sites/" + site + ".yaml";
        return objects(run(List.of(binary(), "template", site, "examples/gitops/apps", "--values", values)));
    }

    /** All objects that one of a site's Applications makes of a chart of {@code examples/gitops}. */
    public static List<GenericKubernetesResource> renderForSite(String chart, String site) {
        var application = applications(site).stream()
                .filter(candidate -> candidate.getMetadata().getName().equals(site + "-" + chart))
                .findFirst()
                .orElseThrow();
        String folder = application.get("spec", "source", "path");
        String namespace = application.get("spec", "destination", "namespace");
        String values = application.get("spec", "source", "helm", "values");
        try {
            var file = Files.createTempFile(site, ".yaml");
            Files.writeString(file, values == null ? "" : values);
            var answer = run(List.of(
                    binary(),
                    "template",
                    site,
                    "examples/gitops/" + folder,
                    "--namespace",
                    namespace,
                    "--values",
                    file.toString()));
            Files.delete(file);
            return objects(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<GenericKubernetesResource> objects(Answer answer) {
        if (answer.code() != 0) {
            throw new IllegalStateException(answer.text());
        }
        return Arrays.stream(answer.text().split("(?m)^---$"))
                .filter(document -> document.contains("kind:"))
                .map(document -> Serialization.unmarshal(document, GenericKubernetesResource.class))
                .toList();
    }

    /** All objects of a rendering for a release of another name. */
    static List<GenericKubernetesResource> renderAs(String release, String... arguments) {
        var command = new ArrayList<>(List.of(binary(), "template", release, "helm/selvedge"));
        command.addAll(List.of(arguments));
        return objects(run(command));
    }

    /** {@code helm lint}, {@code helm template} or {@code helm install} of the chart. */
    public static Answer helm(String verb, String... arguments) {
        var command = new ArrayList<>(List.of(binary(), verb));
        if (!verb.equals("lint")) {
            command.addAll(List.of("selvedge", "--namespace", "selvedge-system"));
        }
        command.add("helm/selvedge");
        command.addAll(List.of(arguments));
        return run(command);
    }

    private static String binary() {
        var fetched = run(List.of("helm/fetch"));
        if (fetched.code() != 0) {
            throw new IllegalStateException(fetched.text());
        }
        return fetched.text().lines().reduce((_, last) -> last).orElseThrow();
    }

    /** Runs a program in the root of the project. */
    static Answer run(List<String> command) {
        try {
            var process = new ProcessBuilder(command)
                    .directory(PROJECT.toFile())
                    .redirectErrorStream(true)
                    .start();
            try (var out = process.inputReader()) {
                var text = String.join("\n", out.readAllLines());
                return new Answer(process.waitFor(), text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
