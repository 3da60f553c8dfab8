package dev.selvedge.hub;

import java.util.function.Supplier;

import dev.selvedge.hub.delivery.RoutedIntake;
import dev.selvedge.hub.health.Facts;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreStats;
import dev.selvedge.hub.twin.Twin;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.hub.upstream.Uplink;
import dev.selvedge.identity.Identity;

/** Asks the parts of a hub how they are. */
record HubFacts(Identity hub, Twins twins, MessageStore store, RoutedIntake intake, Uplink uplink)
        implements Supplier<Facts> {
    /** Why the store gave up a message that it had taken: another needed its room. */
    private static final String FULL = "full";

    @Override
    public Facts get() {
        var stats = store.stats();
        return new Facts(
                twins.find(hub).map(Twin::desiredVersion).orElse(0L),
                stats.bytes(),
                stats.maxBytes(),
                stats.volumeBytes(),
                stats.lost(),
                stats.lostEntriesAtStart(),
                intake.turnedAway() + madeRoom(stats),
                uplink.state()
                        .map(link -> new Facts.Link(link.url(), link.connected(), link.trouble()))
                        .orElse(null));
    }

    private static long madeRoom(StoreStats stats) {
        return stats.queues().stream()
                .mapToLong(queue -> queue.dropped().getOrDefault(FULL, 0L))
                .sum();
    }
}
