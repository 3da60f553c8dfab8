package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A memory control group, version 1 or 2, which the kernel counts as Kubernetes does. */
public final class Cgroup implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private final Path folder;
    private final boolean second;

    private Cgroup(Path folder, boolean second) {
        this.folder = folder;
        this.second = second;
    }

    /**
     * Makes a group; empty where this process may not.
     *
     * @param limitBytes what its processes may take; 0 is no limit
     */
    public static Optional<Cgroup> make(String name, long limitBytes) {
        var second = Files.exists(ROOT.resolve("cgroup.controllers"));
        var folder = (second ? ROOT : ROOT.resolve("memory"))
                .resolve("selvedge-bench-" + ProcessHandle.current().pid() + "-" + name);
        var group = new Cgroup(folder, second);
        try {
            if (second) {
                Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+memory");
            }
            Files.createDirectory(folder);
            if (limitBytes > 0) {
                group.write(second ? "memory.max" : "memory.limit_in_bytes", "" + limitBytes);
            }
            return Optional.of(group);
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /** What starts a command inside the group, with the same process id. */
    List<String> prefix() {
        return List.of(
                "/bin/sh", "-c", "echo $$ > '" + folder.resolve("cgroup.procs") + "' && exec \"$@\"", "in-cgroup");
    }

    /** Bytes in use less file pages that the kernel can take back at once. */
    public long workingSet() throws IOException {
        var usage = Long.parseLong(read(second ? "memory.current" : "memory.usage_in_bytes"));
        var inactive = second ? "inactive_file " : "total_inactive_file ";
        return usage
                - read("memory.stat")
                        .lines()
                        .filter(line -> line.startsWith(inactive))
                        .mapToLong(line -> Long.parseLong(line.substring(inactive.length())))
                        .sum();
    }

    private String read(String file) throws IOException {
        return Files.readString(folder.resolve(file)).strip();
    }

    private void write(String file, String value) throws IOException {
        Files.writeString(folder.resolve(file), value);
    }

    /** Removes the group; its processes must have ended. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(folder);
    }
}
