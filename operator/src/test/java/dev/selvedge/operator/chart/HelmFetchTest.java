package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Which Helm is taken, on a machine that has this one's programs but for helm, and says that it is an arm64 one. */
class HelmFetchTest {
    @TempDir
    private Path programs;

    @BeforeEach
    void programs() throws IOException {
        try (var files = Files.list(Path.of("/usr/bin"))) {
            for (var file : files.toList()) {
                Files.createSymbolicLink(programs.resolve(file.getFileName()), file);
            }
        }
        Files.deleteIfExists(programs.resolve("helm"));
        program("uname", "echo aarch64");
    }

    @Test
    void takesTheOneOnThePath() throws IOException {
        program("helm", "");

        assertThat(run("helm/fetch").text()).isEqualTo(programs.resolve("helm").toString());
    }

    @Test
    void fetchesNoneThatTheMachineCannotRun() {
        var answer = run("helm/fetch");

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains("for aarch64", "put helm 3 or 4 on PATH");
    }

    @Test
    void theDoctorSaysSoBefore() throws IOException {
        assertThat(run("cluster/cluster", "doctor", "demo").text()).contains("put helm 3 or 4 on PATH");

        program("helm", "");
        assertThat(run("cluster/cluster", "doctor", "demo").text()).doesNotContain("helm");
    }

    private Chart.Answer run(String... command) {
        var all = new ArrayList<>(List.of("env", "PATH=" + programs, "SELVEDGE_KUBECONFIG=a-cluster-elsewhere"));
        all.addAll(List.of(command));
        return Chart.run(all);
    }

    private void program(String name, String does) throws IOException {
        var file = programs.resolve(name);
        Files.deleteIfExists(file);
        Files.writeString(file, "#!/bin/sh\n" + does + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}
