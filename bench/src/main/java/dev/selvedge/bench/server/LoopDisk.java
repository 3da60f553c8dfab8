package dev.selvedge.bench.server;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A disk of its own with ext4 on it, in a file: its device counts what its users have written, journal included, and no other's. It does not outlive
 * the benchmark. Needs root.
 */
public final class LoopDisk implements AutoCloseable {
    private final Path folder;
    private final Path file;
    private final Path mounted;

    private LoopDisk(Path folder) throws IOException {
        this.folder = folder;
        file = folder.resolve("disk.img");
        mounted = Files.createDirectories(folder.resolve("disk"));
    }

    /** Makes and mounts one in a folder; throws IOException where this process may not, or the folder's disk has no room. */
    public static LoopDisk mount(Path folder, long bytes) throws IOException {
        var disk = new LoopDisk(folder);
        try (var image = new RandomAccessFile(disk.file.toFile(), "rw")) {
            image.setLength(bytes);
        }
        Child.run(
                folder, "mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", disk.file.toString());
        Child.run(folder, "mount", "-o", "loop", disk.file.toString(), disk.mounted.toString());
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(disk::abandon));
        return disk;
    }

    /** Its root. */
    public Path folder() {
        return mounted;
    }

    /** Takes it away with all that is on it; nobody may use it any more. */
    @Override
    public void close() throws IOException {
        Child.run(folder, "umount", mounted.toString());
        Files.delete(file);
    }

    /** Lets go of it when the benchmark is ended in its middle, whoever still writes to it: the folder can be deleted then. */
    private void abandon() {
        if (Files.exists(file)) {
            try {
                Child.run(folder, "umount", "--lazy", mounted.toString());
            } catch (IOException e) {
                System.err.println("unmount " + mounted + " by hand: " + e.getMessage());
            }
        }
    }
}
