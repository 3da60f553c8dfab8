package dev.selvedge.operator.rollout;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import dev.selvedge.api.v1alpha1.MaintenanceWindow;
import dev.selvedge.api.v1alpha1.MaintenanceWindow.Day;
import dev.selvedge.plan.DurationText;
import org.jspecify.annotations.Nullable;

/**
 * When instances that run may be replaced: on some days of the week, from a time on the wall, for a length of real time. A time that the clocks skip on a day is as
 * much later as they skip; of one that they show twice the first counts.
 */
public final class Window {
    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm", Locale.ENGLISH);
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("EEE", Locale.ENGLISH);
    /** Days that are looked at before and after today: a week, and one because of the time zone. */
    private static final int DAYS = 8;

    private final Set<DayOfWeek> days;
    private final LocalTime start;
    private final Duration duration;
    private final ZoneId zone;

    private Window(Set<DayOfWeek> days, LocalTime start, Duration duration, ZoneId zone) {
        this.days = days;
        this.start = start;
        this.duration = duration;
        this.zone = zone;
    }

    /**
     * One time of being open.
     *
     * @param until the first moment at which it is closed again
     */
    public record Span(Instant from, Instant until) {
        boolean contains(Instant moment) {
            return !moment.isBefore(from) && moment.isBefore(until);
        }
    }

    /** The window that a user asks for. Throws IllegalArgumentException, in words for the user, when its time zone is not known here. */
    public static Window of(MaintenanceWindow asked) {
        try {
            return new Window(
                    days(asked.days()),
                    LocalTime.parse(asked.start()),
                    DurationText.parse(asked.duration()),
                    ZoneId.of(asked.timeZone() == null ? "UTC" : asked.timeZone()));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "spec.updateStrategy.maintenanceWindow cannot be understood, so nothing that runs is replaced: "
                            + e.getMessage(),
                    e);
        }
    }

    private static Set<DayOfWeek> days(@Nullable List<Day> asked) {
        var days = EnumSet.noneOf(DayOfWeek.class);
        for (var day : asked == null ? List.of(Day.values()) : asked) {
            days.add(DAY.parse(day.name(), DayOfWeek::from));
        }
        return days;
    }

    /** The time of being open that contains a moment; else the next after it. */
    public Span at(Instant moment) {
        var today = moment.atZone(zone).toLocalDate();
        return today.minusDays(DAYS)
                .datesUntil(today.plusDays(DAYS + 1))
                .filter(date -> days.contains(date.getDayOfWeek()))
                .map(this::on)
                .filter(span -> span.until().isAfter(moment))
                .min(Comparator.comparing(Span::from))
                .orElseThrow();
    }

    /** Whether it is open at a moment. */
    public boolean open(Instant moment) {
        return at(moment).contains(moment);
    }

    private Span on(LocalDate date) {
        var from = ZonedDateTime.of(date, start, zone).toInstant();
        return new Span(from, from.plus(duration));
    }

    /** A moment as people of this time zone read it, for example {@code Sat 2026-03-07 02:00 Europe/Berlin}. */
    public String text(Instant moment) {
        return FORM.format(moment.atZone(zone)) + " " + zone;
    }
}
