package dev.selvedge.bench.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** The files in which a hub keeps messages. */
final class Segments {
    private static final String ENDING = ".log";

    private Segments() {}

    /** Changes one bit of what is written in one of them, as a worn disk does; the zeros behind it are left alone. */
    static void flipBit(Path data, Random random) throws IOException {
        var segments = segments(data);
        if (segments.isEmpty()) {
            return;
        }
        var segment = segments.get(random.nextInt(segments.size()));
        var bytes = Files.readAllBytes(segment);
        var bit = random.nextInt(written(bytes) * Byte.SIZE);
        bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
        Files.write(segment, bytes);
    }

    private static List<Path> segments(Path data) throws IOException {
        try (var files = Files.walk(data)) {
            return files.filter(file -> file.toString().endsWith(ENDING))
                    .filter(file -> file.toFile().length() > 0)
                    .sorted()
                    .toList();
        }
    }

    private static int written(byte[] bytes) {
        var end = bytes.length;
        while (end > 1 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }
}
