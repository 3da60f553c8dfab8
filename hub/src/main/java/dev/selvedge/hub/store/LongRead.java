package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log what a start does that takes long: it reads all that is stored. */
final class LongRead {
    private static final Logger LOG = LoggerFactory.getLogger(LongRead.class);
    /** What a slow disk reads in a few seconds. */
    private static final long MUCH = 64 << 20;

    private static final Duration LONG = Duration.ofSeconds(5);

    private final Path folder;
    private final long bytes;
    private final long start = System.nanoTime();

    private LongRead(Path folder, long bytes) {
        this.folder = folder;
        this.bytes = bytes;
    }

    static LongRead begin(Path folder) throws IOException {
        var begun = new LongRead(folder, bytes(folder));
        if (begun.bytes >= MUCH) {
            LOG.info("reading what is stored: folder={} MiB={}", folder, begun.bytes >> 20);
        }
        return begun;
    }

    void end() {
        var taken = Duration.ofNanos(System.nanoTime() - start);
        if (bytes >= MUCH || taken.compareTo(LONG) >= 0) {
            LOG.info("read what is stored: folder={} MiB={} millis={}", folder, bytes >> 20, taken.toMillis());
        }
    }

    private static long bytes(Path folder) throws IOException {
        var bytes = 0L;
        try (var logs = Files.newDirectoryStream(folder, "log-*")) {
            for (var log : logs) {
                try (var segments = Files.newDirectoryStream(log, "*.log")) {
                    for (var segment : segments) {
                        bytes += Files.size(segment);
                    }
                }
            }
        }
        return bytes;
    }
}
