package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Which Helm is taken, on a machine that has this one's programs but for helm, and says that it is an arm64 one. */
class HelmFetchTest {
    private Programs programs;

    @BeforeEach
    void programs(@TempDir Path folder) throws IOException {
        programs = new Programs(folder);
        programs.without("helm");
        programs.with("uname", "echo aarch64");
    }

    @Test
    void takesTheOneOnThePath() throws IOException {
        var helm = programs.with("helm", "");

        assertThat(programs.run("helm/fetch").text()).isEqualTo(helm.toString());
    }

    @Test
    void fetchesNoneThatTheMachineCannotRun() {
        var answer = programs.run("helm/fetch");

        assertThat(answer.code()).isNotZero();
        assertThat(answer.text()).contains("for aarch64", "put helm 3 or 4 on PATH");
    }

    @Test
    void theDoctorSaysSoBefore() throws IOException {
        assertThat(doctor().text()).contains("put helm 3 or 4 on PATH");

        programs.with("helm", "");
        assertThat(doctor().text()).doesNotContain("helm");
    }

    private Chart.Answer doctor() {
        return programs.run("env", "SELVEDGE_KUBECONFIG=a-cluster-elsewhere", "cluster/cluster", "doctor", "demo");
    }
}
