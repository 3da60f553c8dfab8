package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The hub ends at any point: between two messages, in the middle of a write, and by a power cut, which leaves nothing that was not synced; and
 * often once more while it recovers. What was acknowledged arrives, in order.
 */
@Tag("process")
@Execution(ExecutionMode.CONCURRENT)
class CrashTest {
    private static final int CRASHES = Integer.getInteger("selvedge.faults.rounds", 8);
    private static final int SMALL = 1;

    /** Points that every start comes by. */
    private static final List<String> IN_RECOVERY = List.of(
            "open /state/ kill 0 1",
            "read /state/ kill 0 1",
            "sync /state/ cut 0 1",
            "open /log- kill 0 1",
            "read /log- kill 0 1");

    @TempDir
    private Path folder;

    @Test
    void whatWasAcknowledgedSurvivesCrashesAtAnyPoint() throws Exception {
        var random = new Random(20261125);
        try (var plant = new Plant(folder, "").publish(SMALL)) {
            for (var crash = 0; crash < CRASHES; crash++) {
                plant.awaitAcknowledged(1);
                switch (random.nextInt(4)) {
                    case 0 -> plant.hub.kill();
                    case 1 -> crash(plant, "write /store/ kill " + random.nextInt(20_000) + " 1");
                    case 2 -> crash(plant, "write /store/ cut " + random.nextInt(20_000) + " 1");
                    default -> crash(plant, "sync /store/ cut 0 1");
                }
                if (random.nextBoolean()) {
                    plant.disk.fail(IN_RECOVERY.get(random.nextInt(IN_RECOVERY.size())));
                    plant.hub.startInVain();
                }
                plant.disk.heal();
                plant.hub.restart();
            }
            plant.assertNothingLost();
            assertThat(plant.lostRecords()).isZero();
            assertThat(plant.hub.log())
                    .filteredOn(line -> line.startsWith("faultdisk: "))
                    .hasSizeGreaterThan(CRASHES / 2);
        }
    }

    private static void crash(Plant plant, String rule) throws Exception {
        plant.disk.fail(rule);
        plant.hub.awaitEnd();
    }
}
