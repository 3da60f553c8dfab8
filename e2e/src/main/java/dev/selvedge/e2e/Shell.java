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
import java.util.function.Consumer;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

/** Runs the commands that a person would type, at the project's root. */
public final class Shell {
    private final Path root;
    private final Map<String, String> environment = new HashMap<>();
    private Consumer<String> progress = _ -> {};
    private Duration every = Duration.ofDays(1);

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

    /** Has commands that take long tell every so often that they go on, in which file their output is, and its last line. */
    public Shell telling(Duration every, Consumer<String> progress) {
        this.every = every;
        this.progress = progress;
        return this;
    }

    /** Runs a command; its output, or an exception that holds it when the command fails or takes longer than the limit. */
    public String run(Duration limit, List<String> command) {
        try {
            var output = Files.createTempFile("selvedge-", ".out");
            try {
                var process = start(command, output);
                if (!ends(process, limit, command, output)) {
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

    /** Waits for a process, telling of it; false when it takes longer than the limit. */
    private boolean ends(Process process, Duration limit, List<String> command, Path output)
            throws IOException, InterruptedException {
        var left = limit;
        for (; left.compareTo(every) > 0; left = left.minus(every)) {
            if (process.waitFor(every.toMillis(), TimeUnit.MILLISECONDS)) {
                return true;
            }
            var name = command.stream().limit(2).collect(joining(" "));
            var last = tail(output, 1);
            progress.accept(
                    name + " goes on, its output is in " + output + (last.isBlank() ? "" : ", at its end: " + last));
        }
        return process.waitFor(left.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static String tail(Path output) throws IOException {
        return tail(output, 40);
    }

    private static String tail(Path output, int most) throws IOException {
        // what is still being written may end amid a character
        var lines = new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - most), lines.size()));
    }
}
