package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** What builds the local cluster's binaries on a machine that has none of them yet. */
class ClusterBuildTest {
    @TempDir
    private Path cache;

    private Programs programs;

    @BeforeEach
    void programs(@TempDir Path folder) throws IOException {
        programs = new Programs(folder);
    }

    @Test
    void theGoOnThePath() throws IOException {
        programs.with("go", "[ \"$1\" = env ] && echo go1.24.0 || { echo asked to $1; exit 1; }");

        assertThat(build().text())
                .contains("asked to build", "building kube failed")
                .doesNotContain("is missing");
    }

    @Test
    void noGoThatIsTooOldForThem() throws IOException {
        programs.with("go", "echo go1.23.9");

        assertThat(build().text())
                .contains("Go 1.24 or later is missing (https://go.dev/dl): it builds kube once")
                .doesNotContain("command not found");
    }

    private Chart.Answer build() {
        return programs.run("env", "SELVEDGE_CACHE=" + cache, "cluster/cluster", "build");
    }
}
