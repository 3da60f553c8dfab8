package dev.selvedge.e2e;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ShellTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Shell shell = new Shell(Shell.projectRoot()).telling(Duration.ofMillis(500), told::add);

    @Test
    void aCommandThatTakesLongTellsThatItGoesOn() {
        assertThat(shell.run(LIMIT, List.of("sh", "-c", "echo first; echo second; sleep 2")))
                .isEqualTo("first\nsecond");

        assertThat(told)
                .isNotEmpty()
                .first()
                .asString()
                .matches("sh -c goes on, its output is in /.*\\.out, at its end: second");
    }

    @Test
    void oneThatIsOverSoonTellsNothing() {
        shell.telling(LIMIT, told::add).run("true");

        assertThat(told).isEmpty();
    }

    @Test
    void oneThatTakesTooLongEndsWithWhatItSaid() {
        assertThatThrownBy(() -> shell.run(Duration.ofMillis(700), List.of("sh", "-c", "echo busy; exec sleep 60")))
                .hasMessage("sh -c echo busy; exec sleep 60 took longer than PT0.7S\nbusy");
    }
}
