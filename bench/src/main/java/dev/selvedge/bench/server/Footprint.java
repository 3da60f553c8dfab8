package dev.selvedge.bench.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process takes of the machine, read from /proc. */
public final class Footprint {
    /** USER_HZ, which Linux shows to programs as 100 whatever the kernel's clock is. */
    private static final double TICKS_PER_SECOND = 100;

    private Footprint() {}

    /** Resident memory, bytes. */
    public static long rss(long pid) throws IOException {
        return kilobytes(pid, "Rss:");
    }

    /** Resident memory, pages shared with other processes divided among them, bytes. */
    public static long pss(long pid) throws IOException {
        return kilobytes(pid, "Pss:");
    }

    /**
     * Resident memory that is no page of a file, bytes: heap, code, stacks, what was allocated natively. A process can only leak this; pages of files
     * (jars, the AOT cache, libraries) come as they are first touched, and the kernel takes them back when it needs them.
     */
    public static long anonymous(long pid) throws IOException {
        return kilobytes(pid, "Anonymous:");
    }

    /** Seconds of processor time so far, all threads together. */
    public static double cpuSeconds(long pid) throws IOException {
        var stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        // after the name in parentheses, which may hold blanks: fields 3 and on
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** Bytes that the device of a folder has written so far, whoever wrote them, file system journal included. */
    public static long deviceWrittenBytes(Path folder) throws IOException {
        var device = ((Number) Files.getAttribute(folder, "unix:dev")).longValue();
        var major = (device >> 8) & 0xfff;
        var minor = (device & 0xff) | ((device >> 12) & 0xfff00);
        var fields = Files.readString(Path.of("/sys/dev/block/" + major + ":" + minor + "/stat"))
                .strip()
                .split("\\s+");
        return Long.parseLong(fields[6]) * 512;
    }

    /** Bytes that the files of a folder take on disk. */
    public static long diskUsage(Path folder) throws IOException {
        var du = new ProcessBuilder("du", "-s", "--block-size=1", folder.toString()).start();
        try (var out = du.inputReader()) {
            var line = out.readLine();
            return line == null ? 0 : Long.parseLong(line.split("\\s")[0]);
        }
    }

    private static long kilobytes(long pid, String key) throws IOException {
        var path = Path.of("/proc/" + pid + "/smaps_rollup");
        return Files.readAllLines(path).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).strip().split(" ")[0])
                .mapToLong(kilobytes -> Long.parseLong(kilobytes) * 1024)
                .findFirst()
                .orElseThrow(() -> new IOException(path + " has no " + key));
    }
}
