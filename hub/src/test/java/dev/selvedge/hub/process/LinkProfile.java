package dev.selvedge.hub.process;

import java.time.Duration;

import dev.selvedge.hub.process.Link.Quality;

/** The connectivity profiles of IoT Edge's own test plan. */
enum LinkProfile {
    ALWAYS_ON(0, 0, Quality.PERFECT),
    OFF_5_ON_5(5, 5, Quality.PERFECT),
    OFF_10_ON_10(10, 10, Quality.PERFECT),
    OFF_15_ON_15(15, 15, Quality.PERFECT),
    OFF_30_ON_30(30, 30, Quality.PERFECT),
    OFF_5_ON_20(5, 20, Quality.PERFECT),
    /** A round trip of 600 ms ± 50. */
    SATELLITE(0, 0, new Quality(Duration.ofMillis(300), Duration.ofMillis(25), 0.02, 25e6)),
    /** A round trip of 100 ms ± 10. */
    MOBILE_3G(0, 0, new Quality(Duration.ofMillis(50), Duration.ofMillis(5), 0, Double.POSITIVE_INFINITY));

    private final Duration off;
    private final Duration on;
    private final Quality quality;

    LinkProfile(int offMinutes, int onMinutes, Quality quality) {
        off = Duration.ofMinutes(offMinutes);
        on = Duration.ofMinutes(onMinutes);
        this.quality = quality;
    }

    /** How long it is away at a time; zero is never. */
    Duration off() {
        return off;
    }

    Duration on() {
        return on;
    }

    Quality quality() {
        return quality;
    }
}
