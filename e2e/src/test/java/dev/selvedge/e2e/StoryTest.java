package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/** The demo's story, told on a real cluster with the real SDKs, a real broker and the chart that ships. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class StoryTest {
    private static final Duration MEASURED = Duration.ofMinutes(1);
    private static final long MOST_OF_OPERATOR = 110L << 20;

    @Test
    void losesNothingWhileTheUplinkIsCutTheHubKilledAndAModuleRestarted(Plant plant) throws IOException {
        var account = new Demo(plant.shell(), plant.cluster(), plant.broker(), plant.ledger(), System.out).run();

        assertThat(account.lost()).as(account.toString()).isZero();
        assertThat(account.outOfOrder()).as(account.toString()).isZero();
        assertThat(account.published()).isGreaterThan(Demo.READINGS);
        assertThat(account.arrived()).isEqualTo(account.published());
        assertSmall(new Kubelets(plant.cluster().client()));
    }

    private static void assertSmall(Kubelets kubelets) {
        Site.await(
                MEASURED,
                "the kubelets have measured the operator",
                () -> kubelets.workingSet(Selvedge.NAMESPACE, "operator").isPresent());
        var operator = kubelets.workingSet(Selvedge.NAMESPACE, "operator").orElseThrow();
        var hub = kubelets.workingSet(Site.NAMESPACE, "hub").orElseThrow();
        System.out.printf("working sets: operator %d MiB, hub %d MiB%n", operator >> 20, hub >> 20);
        assertThat(operator).as("working set of the operator").isLessThanOrEqualTo(MOST_OF_OPERATOR);
    }
}
