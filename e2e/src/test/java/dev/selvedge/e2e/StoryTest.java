package dev.selvedge.e2e;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The demo's story, told on a real cluster with the real SDKs, a real broker and the chart that ships. */
@Tag("cluster")
class StoryTest {
    private static final Ledger LEDGER = new Ledger();
    private static final Shell SHELL = new Shell(Shell.projectRoot());
    private static Cluster cluster;
    private static Broker broker;

    @BeforeAll
    static void install() {
        cluster = Cluster.choose(SHELL);
        System.out.println("e2e runs on " + cluster.description());
        broker = Broker.start(SHELL, LEDGER);
        Selvedge.install(SHELL, cluster);
    }

    @AfterAll
    static void close() {
        broker.close();
        cluster.close();
    }

    @Test
    void losesNothingWhileTheUplinkIsCutTheHubKilledAndAModuleRestarted() throws Exception {
        var account = new Demo(SHELL, cluster, broker, LEDGER, System.out).run();

        assertThat(account.lost()).as(account.toString()).isZero();
        assertThat(account.outOfOrder()).as(account.toString()).isZero();
        assertThat(account.published()).isGreaterThan(50);
        assertThat(account.arrived()).isEqualTo(account.published());
    }
}
