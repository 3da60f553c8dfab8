package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/** The demo's story, told on a real cluster with the real SDKs, a real broker and the chart that ships. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class StoryTest {
    private static final Duration MEASURED = Duration.ofMinutes(2);
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
        Awaitility.await("the operator's working set, in which the kernel's cache of files comes and goes")
                .atMost(MEASURED)
                .untilAsserted(() -> assertThat(kubelets.workingSet(Selvedge.NAMESPACE, "operator")
                                .orElse(Long.MAX_VALUE))
                        .isLessThanOrEqualTo(MOST_OF_OPERATOR));
        System.out.printf(
                "working sets: operator %d MiB, hub %d MiB%n",
                kubelets.workingSet(Selvedge.NAMESPACE, "operator").orElseThrow() >> 20,
                kubelets.workingSet(Site.NAMESPACE, "hub").orElseThrow() >> 20);
    }
}
