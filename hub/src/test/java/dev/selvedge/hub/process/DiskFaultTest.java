package dev.selvedge.hub.process;

import java.nio.file.Path;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/** The disk under a running hub fails; what was acknowledged arrives, in order. Real processes on a preloaded disk. */
@Tag("process")
@Execution(ExecutionMode.CONCURRENT)
class DiskFaultTest {
    private static final int SMALL = 1;

    @TempDir
    private Path folder;

    @Test
    void aDiskThatFillsUpWhileMessagesAreAppendedLosesNone() throws Exception {
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            plant.awaitAcknowledged(20);
            plant.disk.fail("write /log- ENOSPC 5000 -1");
            plant.awaitLog("faultdisk: write ENOSPC");
            plant.disk.heal();
            plant.awaitAcknowledged(20);
            plant.hub.killAndRestart();
            plant.assertNothingLost();
            assertThat(plant.lostRecords()).isZero();
        }
    }
}
