package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The release before this one, which {@code e2e/previous/release} names and {@code e2e/previous/build} builds from the history. */
record PreviousRelease(Path folder) {
    private static final Duration BUILT = Duration.ofMinutes(15);

    /** Whether the history of this checkout has it; a clone of the newest commits alone does not. */
    static boolean known(Shell shell) {
        return shell.succeeds("e2e/previous/build", "--known");
    }

    /** Builds it if it is not in the cache, and brings its images to where the nodes find them. */
    static PreviousRelease bring(Shell shell, Cluster cluster) {
        var command = new ArrayList<>(List.of("e2e/previous/build"));
        cluster.registry().ifPresent(registry -> command.addAll(List.of("--push", registry.name())));
        var folder = Path.of(
                shell.run(BUILT, command).lines().reduce((_, last) -> last).orElseThrow());
        cluster.load(List.of(
                folder.resolve("hub.tar").toString(),
                folder.resolve("operator.tar").toString()));
        return new PreviousRelease(folder);
    }

    /** The version of its chart, and the tag of its images: unlike this checkout's. */
    String version() {
        try {
            return Files.readString(folder.resolve("version")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the previous release in " + folder + " has no version", e);
        }
    }

    Path chart() {
        return folder.resolve("chart.tgz");
    }

    /** The manifests of its quickstart. */
    Path quickstart() {
        return folder.resolve("quickstart");
    }
}
