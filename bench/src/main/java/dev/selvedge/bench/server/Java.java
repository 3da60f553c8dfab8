package dev.selvedge.bench.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines for the Java that runs the benchmark. */
final class Java {
    private Java() {}

    static List<String> command(List<String> flags, String... rest) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of(rest));
        return command;
    }
}
