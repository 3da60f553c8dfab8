package dev.selvedge.api.v1alpha1;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The hours of the week in which what runs may be replaced. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "duration(self.duration) >= duration('1m') && duration(self.duration) <= duration('168h')",
        message = "duration must be between 1m and 168h, which is a week",
        fieldPath = ".duration")
@ValidationRule(
        value =
                "!has(self.timeZone) || (self.timeZone != 'Local' && timestamp('2000-01-01T00:00:00Z').getHours(self.timeZone) >= 0)",
        message = "timeZone must be a name of the IANA time zone database, for example Europe/Berlin, or UTC",
        fieldPath = ".timeZone")
public record MaintenanceWindow(
        @Nullable
        @JsonPropertyDescription(
                "The days on which the window opens. Absent: every day. One that opens on Sat and lasts over midnight goes on on Sunday.")
        @Size(min = 1, max = 7)
        List<Day> days,

        @Required
        @JsonPropertyDescription(
                "When it opens, by the clock on the wall of timeZone: 02:00. On the day on which the clocks skip this time it opens as much later; on the day on which they show it twice, the first time.")
        @Pattern("^([01][0-9]|2[0-3]):[0-5][0-9]$")
        @Size(max = 5)
        String start,

        @Required
        @JsonPropertyDescription(
                "How long it stays open, in hours, minutes and seconds: 3h, 1h30m. The same on days on which the clocks change.")
        @Pattern("^([0-9]{1,3}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?$")
        @Size(min = 2, max = 24)
        String duration,

        @Nullable
        @JsonPropertyDescription("Name of the time zone, for example Europe/Berlin.")
        @Default("UTC")
        @Pattern("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$")
        @Size(max = 64)
        String timeZone) {
    /** A day of the week. */
    public enum Day {
        Mon,
        Tue,
        Wed,
        Thu,
        Fri,
        Sat,
        Sun
    }
}
