package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import dev.selvedge.bench.load.Access;
import dev.selvedge.bench.load.Publisher;
import org.jspecify.annotations.Nullable;

/** A process that the benchmark started. It does not outlive the benchmark. */
final class Child {
    private static final int STOP_SECONDS = 120;

    private final Process process;
    private final Path log;
    private final long startNanos = System.nanoTime();

    /** Starts a process that writes into a log. */
    Child(List<String> command, Map<String, String> environment, Path log) throws IOException {
        this.log = log;
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(process::destroyForcibly));
    }

    /** Runs a program to its end, which must be a good one. */
    static void run(Path folder, String... command) throws IOException {
        var log = folder.resolve(Path.of(command[0]).getFileName() + ".log");
        var process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " failed, see " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** What a program prints, which must end well within twenty minutes or is ended; what it says beside that goes to this process's own error stream. */
    static String output(@Nullable Path folder, List<String> command) throws IOException {
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        if (folder != null) {
            builder.directory(folder.toFile());
        }
        var process = builder.start();
        var _ = process.onExit().orTimeout(20, TimeUnit.MINUTES).exceptionally(_ -> process.destroyForcibly());
        try (var out = process.inputReader()) {
            var text = String.join("\n", out.readAllLines());
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + " failed: " + text);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    /**
     * Waits until the server lets a client in.
     *
     * @return seconds from the start of the process to then
     */
    double awaitConnection(Callable<Access> access, int seconds) throws IOException {
        return await(
                () -> {
                    try (var publisher = new Publisher(access.call(), 0, 1, 64)) {
                        return publisher;
                    }
                },
                seconds);
    }

    /**
     * Waits until something succeeds.
     *
     * @return seconds from the start of the process to then
     */
    double await(Callable<?> attempt, int seconds) throws IOException {
        while (true) {
            try {
                attempt.call();
                return (System.nanoTime() - startNanos) / 1e9;
            } catch (Exception e) {
                if (!alive() || System.nanoTime() - startNanos > seconds * 1_000_000_000L) {
                    kill();
                    throw new IOException("no connection: " + e.getMessage() + "; the server's log is " + log, e);
                }
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Ends it with SIGTERM. */
    void stop() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                kill();
                throw new IOException("a server did not stop within " + STOP_SECONDS + " s, its log is " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
        }
    }

    /** Ends it with SIGKILL and returns when it is gone. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }
}
