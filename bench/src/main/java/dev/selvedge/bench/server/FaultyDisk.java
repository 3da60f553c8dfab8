package dev.selvedge.bench.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** A disk that fails, or is slow, when it is told to: the library of the fault tests, compiled here; {@code faultdisk.c} says what it can be told. */
public record FaultyDisk(Path library, Path control) {
    private static final String SOURCE = "faultdisk.c";

    /** Compiles the library with {@code cc}. */
    public static FaultyDisk compile(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (InputStream source = FaultyDisk.class.getResourceAsStream(SOURCE)) {
            if (source == null) {
                throw new IOException(SOURCE + " is missing in the jar");
            }
            Files.write(folder.resolve(SOURCE), source.readAllBytes());
        }
        Child.run(folder, "cc", "-O2", "-shared", "-fPIC", "-o", "faultdisk.so", SOURCE, "-ldl");
        return new FaultyDisk(folder.resolve("faultdisk.so"), folder.resolve("faults"));
    }

    /**
     * What a process must find in its environment.
     *
     * @param folder the files below it are on this disk
     */
    public Map<String, String> environment(Path folder) {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAULTDISK_CONTROL", control.toString(),
                "FAULTDISK_FOLDER", folder.toString());
    }

    /** From now on these faults, and no other. */
    public void fail(String... rules) throws IOException {
        var next = control.resolveSibling("faults.new");
        Files.writeString(next, String.join("\n", rules) + "\n");
        Files.move(next, control, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** From now on no fault. */
    public void heal() throws IOException {
        fail();
    }
}
