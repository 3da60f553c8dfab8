package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A disk under a hub that fails when it is told to; {@code faultdisk.c} says what it can be told. */
final class FaultDisk {
    private static final Path SOURCE = Path.of("src/test/c/faultdisk.c");
    private static final Path LIBRARY = Path.of("target/faultdisk.so").toAbsolutePath();

    private final Path control;
    private final List<String> prefix;

    /** @param folder the hub's, as {@link HubProcess} has it */
    FaultDisk(Path folder) throws IOException, InterruptedException {
        compile();
        control = folder.resolve("faults");
        prefix = List.of(
                "env",
                "LD_PRELOAD=" + LIBRARY,
                "FAULTDISK_CONTROL=" + control,
                "FAULTDISK_FOLDER=" + folder.resolve("data"));
    }

    private static synchronized void compile() throws IOException, InterruptedException {
        if (Files.exists(LIBRARY)
                && Files.getLastModifiedTime(LIBRARY).compareTo(Files.getLastModifiedTime(SOURCE)) > 0) {
            return;
        }
        var built = LIBRARY.resolveSibling("faultdisk.so.new");
        Process gcc;
        try {
            gcc = new ProcessBuilder(
                            "gcc", "-shared", "-fPIC", "-O2", "-o", built.toString(), SOURCE.toString(), "-ldl")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new IOException("the fault tests need a C compiler: apt-get install gcc libc6-dev", e);
        }
        var out = new String(gcc.getInputStream().readAllBytes());
        if (gcc.waitFor() != 0) {
            throw new IOException(
                    "faultdisk.c does not compile; if headers are missing: apt-get install libc6-dev\n" + out);
        }
        Files.move(built, LIBRARY, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What a hub's command begins with, so that it runs on this disk. */
    List<String> prefix() {
        return prefix;
    }

    /** From now on these faults, and no other; counts begin again. */
    void fail(String... rules) throws IOException {
        var next = control.resolveSibling("faults.new");
        Files.writeString(next, String.join("\n", rules) + "\n");
        Files.move(next, control, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void heal() throws IOException {
        fail();
    }
}
