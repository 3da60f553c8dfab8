package dev.selvedge.hub.process;

import java.nio.file.Path;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The disk under a running hub fails; what was acknowledged arrives, in order. Real processes on a preloaded disk. */
@Tag("process")
@Execution(ExecutionMode.CONCURRENT)
class DiskFaultTest {
    private static final int SMALL = 1;
    /** Some forty fill a segment. */
    private static final int LARGE = 100_000;

    @TempDir
    private Path folder;

    @Test
    void aVolumeThatFillsUpWhileMessagesAreAppendedLosesNone() throws Exception {
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            plant.awaitAcknowledged(20);
            plant.disk.fail("write /log- ENOSPC 5000 -1");
            plant.awaitLog("faultdisk: write ENOSPC");
            plant.disk.heal();
            assertGoesOn(plant);
        }
    }

    @Test
    void aVolumeThatFillsUpWhenANewSegmentIsDueLosesNone() throws Exception {
        try (var plant = new Plant(folder, "").publish(LARGE)) {
            plant.awaitAcknowledged(1);
            plant.disk.fail("open /log- ENOSPC 0 -1");
            plant.awaitLog("faultdisk: open ENOSPC");
            plant.disk.heal();
            assertGoesOn(plant);
        }
    }

    @Test
    void aVolumeThatFillsUpWhileTheJournalIsRenewedLosesNone() throws Exception {
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            plant.awaitAcknowledged(20);
            plant.disk.fail("write .journal ENOSPC 0 -1", "write state.new ENOSPC 100 -1", "free / ENOSPC 0 -1");
            plant.awaitLog("no room for the state journal");
            plant.disk.heal();
            assertGoesOn(plant);
        }
    }

    @Test
    void aVolumeThatIsStillFullAfterAKillIsDelivered() throws Exception {
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            plant.loseUplink();
            plant.awaitAcknowledged(20);
            plant.disk.fail("write /store/ ENOSPC 0 -1", "free / ENOSPC 0 -1");
            plant.hub.killAndRestart();
            plant.restoreUplink();
            plant.awaitArrived();
            plant.disk.heal();
            assertGoesOn(plant);
        }
    }

    @Test
    void aSyncThatFailsAcknowledgesNothingAndLosesNothing() throws Exception {
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            for (var time = 0; time < 3; time++) {
                plant.awaitAcknowledged(20);
                var failed = plant.failed();
                plant.disk.fail("sync /log- EIO 0 1");
                plant.await("a refused message", () -> plant.failed() > failed);
            }
            plant.disk.heal();
            assertThat(plant.hub.log())
                    .filteredOn(line -> line.contains("faultdisk: sync EIO"))
                    .hasSize(3);
            assertGoesOn(plant);
        }
    }

    @ParameterizedTest
    @CsvSource({"10, 50", "500, 4"})
    void aSlowDiskLosesNobody(int millis, int messages) throws Exception {
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            plant.awaitAcknowledged(1);
            var failed = plant.failed();
            plant.disk.fail("sync /store/ delay " + millis + " -1");
            plant.awaitAcknowledged(messages);
            assertThat(plant.failed()).isEqualTo(failed);
            plant.assertNothingLost();
        }
    }

    @Test
    void aVolumeThatBecomesReadOnlyEndsTheHubUntilItCanBeWritten() throws Exception {
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            plant.awaitAcknowledged(20);
            plant.disk.fail("write /store/ EROFS 0 -1", "open /store/ EROFS 0 -1", "truncate /store/ EROFS 0 -1");
            assertThat(plant.hub.awaitEnd()).isEqualTo(1);
            plant.awaitLog("the store failed, the hub ends");

            assertThat(plant.hub.startInVain()).isEqualTo(1);
            plant.awaitLog("store cannot be opened: ");
            plant.awaitLog("Read-only file system");

            plant.disk.heal();
            plant.hub.restart();
            assertGoesOn(plant);
        }
    }

    @Test
    void aBadSectorCostsOnlyWhatIsInItAndIsCounted() throws Exception {
        try (var plant = new Plant(folder, "").publish(LARGE / 100)) {
            plant.loseUplink();
            plant.awaitAcknowledged(10);
            plant.stopModules();
            plant.disk.fail("read /log- EIO 4096 -1");
            plant.hub.killAndRestart();
            plant.restoreUplink();
            plant.await("an empty queue", () -> plant.upstream("edgehub_queue_length") == 0);

            assertThat(plant.lostRecords()).isBetween(3.0, 6.0);
            plant.awaitMissing((int) plant.lostRecords());
        }
    }

    @Test
    void clocksThatJumpADayAheadAndBackLoseNothingThatLivesLonger() throws Exception {
        try (var plant = new Plant(folder, "  storeAndForward: {timeToLive: 72h}\n").publish(SMALL)) {
            plant.loseUplink();
            plant.awaitAcknowledged(1);
            var failed = plant.failed();
            for (var shift : new int[] {86_400, 0, -86_400, 0}) {
                plant.disk.fail("clock clock shift " + shift + " -1");
                plant.awaitAcknowledged(20);
            }
            assertThat(plant.failed()).isEqualTo(failed);
            plant.restoreUplink();
            assertGoesOn(plant);
        }
    }

    @Test
    void aClockThatJumpsADayAheadExpiresWhatLivesShorterAndCountsIt() throws Exception {
        try (var plant = new Plant(folder, "  storeAndForward: {timeToLive: 1h}\n").publish(SMALL)) {
            plant.loseUplink();
            plant.awaitAcknowledged(20);
            plant.stopModules();
            var waiting = plant.upstream("edgehub_queue_length");

            plant.disk.fail("clock clock shift 86400 -1");

            plant.await("expiry", () -> plant.upstream("edgehub_queue_length") == 0);
            assertThat(waiting).isGreaterThanOrEqualTo(40);
            assertThat(plant.upstream("selvedge_messages_expired_total")).isEqualTo(waiting);
            assertThat(plant.upstream("edgehub_messages_sent_total") + waiting)
                    .isGreaterThanOrEqualTo(plant.acknowledged())
                    .isEqualTo(plant.upstream("selvedge_messages_stored_total"));
        }
    }

    /** Some more messages, a SIGKILL, and all of them arrive. */
    private static void assertGoesOn(Plant plant) throws Exception {
        plant.awaitAcknowledged(5);
        plant.hub.killAndRestart();
        plant.assertNothingLost();
        assertThat(plant.lostRecords()).isZero();
    }
}
