package dev.selvedge.bench.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Makes every sync of a process take longer: a library that is loaded before the C library, compiled here. */
public record SlowDisk(Path library) {
    private static final String SOURCE = "slow-sync.c";

    /** Compiles the library with {@code cc}. */
    public static SlowDisk compile(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (InputStream source = SlowDisk.class.getResourceAsStream(SOURCE)) {
            if (source == null) {
                throw new IOException(SOURCE + " is missing in the jar");
            }
            Files.write(folder.resolve(SOURCE), source.readAllBytes());
        }
        Child.run(folder, "cc", "-O2", "-shared", "-fPIC", "-o", "slow-sync.so", SOURCE, "-ldl");
        return new SlowDisk(folder.resolve("slow-sync.so"));
    }

    /** What the process must find in its environment. */
    public Map<String, String> environment(int millis) {
        return Map.of("LD_PRELOAD", library.toString(), "SLOW_SYNC_MICROS", "" + millis * 1000);
    }
}
