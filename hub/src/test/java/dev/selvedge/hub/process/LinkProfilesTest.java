package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.selvedge.hub.process.LinkPlay.Outcome;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The links of IoT Edge's test plan, in a network namespace of their own. How much faster than in the plan they come and go is the system property
 * {@code selvedge.link.scale}; at 1 (`make link`) all play at once, for an hour, and the time to resume is required, not only shown.
 */
@Tag("process")
class LinkProfilesTest {
    private static final int SCALE = Integer.getInteger("selvedge.link.scale", 360);
    /** A hub for each profile would take minutes to start on a small machine. */
    private static final int HUBS = SCALE == 1 ? LinkProfile.values().length : 2;

    private static final Duration RESUMES_WITHIN = Duration.ofSeconds(3);

    @TempDir
    private Path folder;

    @Test
    void nothingIsLostOnAnyLinkAndItIsUsedSoonAfterItsReturn() throws Exception {
        var outcomes = play();

        outcomes.forEach(LinkProfilesTest::print);
        var resumed =
                outcomes.stream().flatMap(outcome -> outcome.resumed().stream()).toList();
        print("all", resumed);
        assertThat(outcomes).extracting(Outcome::profile).containsExactlyInAnyOrder(LinkProfile.values());
        assertThat(outcomes)
                .extracting(Outcome::messages)
                .allSatisfy(messages -> assertThat(messages).isPositive());
        if (SCALE == 1) {
            assertThat(percentile(resumed, 95)).isLessThanOrEqualTo(RESUMES_WITHIN);
        }
    }

    private List<Outcome> play() throws Exception {
        var command = new ArrayList<>(List.of("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx512m", "-cp"));
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.addAll(List.of(LinkPlay.class.getName(), folder.toString(), "" + SCALE, "" + HUBS));
        var player = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            var said = player.inputReader().lines().toList();
            assertThat(player.waitFor()).as(String.join("\n", said)).isZero();
            return said.stream()
                    .filter(line -> line.startsWith("outcome "))
                    .map(Outcome::of)
                    .toList();
        } finally {
            player.destroyForcibly();
        }
    }

    private static void print(Outcome outcome) {
        System.out.printf(
                "%-13s %6d messages, %4d came again%n", outcome.profile(), outcome.messages(), outcome.repeated());
        print(outcome.profile().name(), outcome.resumed());
    }

    private static void print(String what, List<Duration> resumed) {
        if (!resumed.isEmpty()) {
            System.out.printf(
                    "%-13s resumed after p50 %d ms, p95 %d ms (%d times)%n",
                    what,
                    percentile(resumed, 50).toMillis(),
                    percentile(resumed, 95).toMillis(),
                    resumed.size());
        }
    }

    /** The smallest that so many percent do not exceed. */
    private static Duration percentile(List<Duration> values, int percent) {
        return values.stream().sorted().toList().get((values.size() * percent + 99) / 100 - 1);
    }
}
