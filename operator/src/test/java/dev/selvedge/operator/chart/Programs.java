package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The programs of another machine: this one's, but for those that a test takes away or makes up. */
final class Programs {
    private final Path folder;

    Programs(Path folder) throws IOException {
        this.folder = folder;
        try (var files = Files.list(Path.of("/usr/bin"))) {
            for (var file : files.toList()) {
                Files.createSymbolicLink(folder.resolve(file.getFileName()), file);
            }
        }
    }

    void without(String name) throws IOException {
        Files.deleteIfExists(folder.resolve(name));
    }

    /** @return where it is */
    Path with(String name, String does) throws IOException {
        without(name);
        var file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + does + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    /** Runs a command there, in the project's folder. */
    Chart.Answer run(String... command) {
        var all = new ArrayList<>(List.of("env", "PATH=" + folder));
        all.addAll(List.of(command));
        return Chart.run(all);
    }
}
