package dev.selvedge.operator.rollout;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import dev.selvedge.api.v1alpha1.MaintenanceWindow;
import dev.selvedge.api.v1alpha1.MaintenanceWindow.Day;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class WindowTest {
    private static final Instant YEAR_2000 = Instant.parse("2000-01-01T00:00:00Z");
    private static final long THIRTY_YEARS = 946_000_000;
    /** Clocks that change by an hour and by half of one, that are off by half and quarter hours, that once left out a day. */
    private static final List<String> ZONES = List.of(
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "Asia/Kolkata",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "America/St_Johns");

    @ParameterizedTest
    @CsvSource({
        "an ordinary night,          2026-03-07T00:59:59Z, 2026-03-07T01:00:00Z, 2026-03-07T04:00:00Z",
        "open,                       2026-03-07T02:00:00Z, 2026-03-07T01:00:00Z, 2026-03-07T04:00:00Z",
        "closed to the second,       2026-03-07T04:00:00Z, 2026-03-08T01:00:00Z, 2026-03-08T04:00:00Z",
        "in the week,                2026-03-10T12:00:00Z, 2026-03-14T01:00:00Z, 2026-03-14T04:00:00Z",
        "02:00 is skipped: 03:00,    2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z, 2026-03-29T04:00:00Z",
        "02:00 is twice: the first,  2026-10-24T12:00:00Z, 2026-10-25T00:00:00Z, 2026-10-25T03:00:00Z",
    })
    void onTheWeekendFromTwoForThreeHoursInBerlin(String night, Instant now, Instant from, Instant until) {
        var window = window(List.of(Day.Sat, Day.Sun), "02:00", "3h", "Europe/Berlin");

        assertThat(window.at(now)).as(night).isEqualTo(new Window.Span(from, until));
        assertThat(window.open(now)).isEqualTo(!now.isBefore(from));
    }

    @Test
    void aNightThatBeginsOnSaturdayGoesOnOverMidnight() {
        var window = window(List.of(Day.Sat), "22:30", "4h", "Asia/Kolkata");

        assertThat(window.open(Instant.parse("2026-03-07T17:00:00Z"))).isTrue();
        assertThat(window.open(Instant.parse("2026-03-07T20:59:59Z")))
                .as("02:29 on Sunday")
                .isTrue();
        assertThat(window.open(Instant.parse("2026-03-07T21:00:00Z"))).isFalse();
        assertThat(window.open(Instant.parse("2026-03-08T17:00:00Z"))).isFalse();
    }

    @Test
    void oneOfAWeekIsAlwaysOpen() {
        var window = window(List.of(Day.Wed), "12:00", "168h", "UTC");

        assertThat(window.open(Instant.parse("2026-03-04T11:59:59Z"))).isTrue();
        assertThat(window.open(Instant.parse("2026-03-04T12:00:00Z"))).isTrue();
    }

    @Test
    void aTimeIsSaidAsItIsOnTheWall() {
        var window = window(null, "02:00", "3h", "Europe/Berlin");

        assertThat(window.text(Instant.parse("2026-03-29T01:00:00Z"))).isEqualTo("Sun 2026-03-29 03:00 Europe/Berlin");
        assertThat(window(null, "02:00", "3h", null).text(Instant.EPOCH)).isEqualTo("Thu 1970-01-01 00:00 UTC");
    }

    @Test
    void aTimeZoneThatIsNotKnownIsSaid() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> window(null, "02:00", "3h", "Mars/Olympus"))
                .withMessageContaining("maintenanceWindow")
                .withMessageContaining("Mars/Olympus");
    }

    @Property
    void itOpensOnItsDaysAtItsTimeOnTheWallAndLastsItsTime(
            @ForAll @LongRange(min = 0, max = THIRTY_YEARS) long second,
            @ForAll @IntRange(max = 7) int zoneIndex,
            @ForAll @NotEmpty Set<Day> days,
            @ForAll @IntRange(max = 1439) int startMinute,
            @ForAll @IntRange(min = 1, max = 10_080) int minutes) {
        var now = YEAR_2000.plusSeconds(second);
        var zone = ZoneId.of(ZONES.get(zoneIndex));
        var start = LocalTime.MIN.plusMinutes(startMinute);
        var window = window(List.copyOf(days), start.toString(), minutes + "m", zone.getId());

        var span = window.at(now);

        assertThat(Duration.between(span.from(), span.until())).isEqualTo(Duration.ofMinutes(minutes));
        assertThat(span.until()).isAfter(now);
        assertThat(window.open(now)).isEqualTo(!span.from().isAfter(now));
        assertThat(window.open(span.from())).isTrue();
        assertThat(span.from()).isBefore(now.plus(Duration.ofDays(9)));
        var wall = span.from().atZone(zone);
        var change = zone.getRules().previousTransition(span.from().plusNanos(1));
        if (change == null
                || !change.isGap()
                || change.getInstant().plus(change.getDuration()).isBefore(span.from())) {
            assertThat(wall.toLocalTime()).isEqualTo(start);
            assertThat(days).contains(Day.valueOf(wall.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH)));
        } else {
            assertThat(Duration.between(change.getDateTimeBefore(), wall.toLocalDateTime()))
                    .as("a skipped time is as much later as the clocks skip")
                    .isBetween(change.getDuration(), change.getDuration().multipliedBy(2));
        }
    }

    @Property
    void whileItIsClosedItsNextSpanDoesNotMove(
            @ForAll @LongRange(min = 0, max = THIRTY_YEARS) long second,
            @ForAll @IntRange(max = 7) int zoneIndex,
            @ForAll @NotEmpty Set<Day> days,
            @ForAll @IntRange(max = 1439) int startMinute,
            @ForAll @IntRange(min = 1, max = 600) int minutes,
            @ForAll @IntRange(max = 100) int percent) {
        var start = LocalTime.MIN.plusMinutes(startMinute);
        var window = window(List.copyOf(days), start.toString(), minutes + "m", ZONES.get(zoneIndex));
        var now = window.at(YEAR_2000.plusSeconds(second)).until();
        var span = window.at(now);

        var between = now.plus(
                Duration.between(now, span.from()).multipliedBy(percent).dividedBy(100));

        assertThat(window.at(between)).isEqualTo(span);
    }

    private static Window window(List<Day> days, String start, String duration, String zone) {
        return Window.of(new MaintenanceWindow(days, start, duration, zone));
    }
}
