package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static java.util.stream.Collectors.toMap;

/** Runs the commands that a person would type, at the project's root. */
public final class Shell {
    private final Path root;
    private final Map<String, String> environment = new HashMap<>();

    public Shell(Path root) {
        this.root = root;
    }

    /** The project's root: the folder above this one that holds {@code cluster/} and {@code helm/}. */
    public static Path projectRoot() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.isDirectory(folder.resolve("cluster")) && Files.isDirectory(folder.resolve("helm"))) {
                return folder;
            }
        }
        throw new IllegalStateException("run this inside the project: no folder with cluster/ and helm/ above here");
    }

    /** Where the commands run. */
    public Path root() {
        return root;
    }

    /** Sets a variable for the commands that follow. */
    public Shell with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Runs a command; its output, or an exception that holds it when the command fails or takes longer than the limit. */
    public String run(Duration limit, List<String> command) {
        try {
            var output = Files.createTempFile("selvedge-", ".out");
            try {
                var process = start(command, output);
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(
                            String.join(" ", command) + " took longer than " + limit + "\n" + tail(output));
                }
                if (process.exitValue() != 0) {
                    throw new IllegalStateException(
                            String.join(" ", command) + " ended with " + process.exitValue() + "\n" + tail(output));
                }
                return Files.readString(output, StandardCharsets.UTF_8).strip();
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted: " + String.join(" ", command), e);
        }
    }

    public String run(String... command) {
        return run(Duration.ofMinutes(2), List.of(command));
    }

    /** What a command prints as lines of {@code NAME=value}. */
    public Map<String, String> settings(String... command) {
        return run(command)
                .lines()
                .map(line -> line.split("=", 2))
                .collect(toMap(setting -> setting[0], setting -> setting[1]));
    }

    /** Whether a command ends with 0. */
    public boolean succeeds(String... command) {
        try {
            run(command);
            return true;
        } catch (IllegalStateException _) {
            return false;
        }
    }

    private Process start(List<String> command, Path output) throws IOException {
        var builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static String tail(Path output) throws IOException {
        var lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }
}
