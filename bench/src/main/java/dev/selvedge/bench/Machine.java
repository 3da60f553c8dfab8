package dev.selvedge.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;

import dev.selvedge.bench.report.Statistics;
import dev.selvedge.bench.report.Text;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;

/** What the figures were measured on, in words. */
final class Machine {
    private static final int SYNCS = 200;
    private static final int BLOCK = 4096;

    private Machine() {}

    /** Cores, memory, kernel, disk and load, on one line. */
    static String describe(Path folder) throws IOException {
        var memory = first("/proc/meminfo", "MemTotal:").replaceAll("\\D", "");
        return "%d cores (%s), %s GiB, Linux %s, Java %s; a block of 4 KiB is written and synced in %s ms (median of %d); load of the last minute when it began: %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        first("/proc/cpuinfo", "model name").replaceFirst(".*:\\s*", ""),
                        Text.count(Long.parseLong(memory) / 1024.0 / 1024),
                        System.getProperty("os.version"),
                        Runtime.version(),
                        Text.decimal(syncMillis(folder), 2),
                        SYNCS,
                        first("/proc/loadavg", "").split(" ")[0]);
    }

    private static String first(String file, String prefix) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(prefix))
                .findFirst()
                .orElse("?");
    }

    private static double syncMillis(Path folder) throws IOException {
        var millis = new ArrayList<Double>();
        try (var file = FileChannel.open(
                folder.resolve("sync"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE)) {
            for (int i = 0; i < SYNCS; i++) {
                var start = System.nanoTime();
                file.write(ByteBuffer.allocate(BLOCK));
                file.force(false);
                millis.add((System.nanoTime() - start) / 1e6);
            }
        }
        return Statistics.median(millis);
    }

    /** The peers' versions. */
    static String peers() {
        return "Mosquitto " + debian("mosquitto") + ", RabbitMQ " + debian("rabbitmq-server") + ", ActiveMQ Artemis "
                + EmbeddedActiveMQ.class.getPackage().getImplementationVersion();
    }

    private static String debian(String name) {
        try {
            var query = new ProcessBuilder("dpkg-query", "-W", "-f", "${Version}", name)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            var version = new String(query.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            query.waitFor(10, TimeUnit.SECONDS);
            return version.isBlank() ? "(not installed)" : version;
        } catch (IOException e) {
            return "(" + e.getMessage() + ")";
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "(unknown)";
        }
    }
}
