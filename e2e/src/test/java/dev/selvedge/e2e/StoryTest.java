package dev.selvedge.e2e;

import java.io.IOException;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/** The demo's story, told on a real cluster with the real SDKs, a real broker and the chart that ships. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class StoryTest {
    @Test
    void losesNothingWhileTheUplinkIsCutTheHubKilledAndAModuleRestarted(Plant plant) throws IOException {
        var account = new Demo(plant.shell(), plant.cluster(), plant.broker(), plant.ledger(), System.out).run();

        assertThat(account.lost()).as(account.toString()).isZero();
        assertThat(account.outOfOrder()).as(account.toString()).isZero();
        assertThat(account.published()).isGreaterThan(Demo.READINGS);
        assertThat(account.arrived()).isEqualTo(account.published());
    }
}
