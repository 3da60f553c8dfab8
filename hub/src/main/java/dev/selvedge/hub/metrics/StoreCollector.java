package dev.selvedge.hub.metrics;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreStats;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store's account as metrics, read when somebody scrapes. The counters are those on disk: they go on across restarts, and for every
 * endpoint and priority {@code received = delivered + expired + dropped + quarantined + queued}.
 */
public final class StoreCollector implements MultiCollector {
    private static final Logger LOG = LoggerFactory.getLogger(StoreCollector.class);

    /** Why a message may be given up. */
    private static final List<String> REASONS = List.of("damaged", "full", "purged", "quarantine_full", "undecodable");

    private final MessageStore store;
    private final InstantSource clock;

    public StoreCollector(MessageStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public MetricSnapshots collect() {
        var stats = store.stats();
        return MetricSnapshots.of(
                counter(
                        "selvedge_messages_stored",
                        "Messages taken for an endpoint.",
                        stats,
                        StoreStats.Queue::received),
                counter("edgehub_messages_sent", "Messages an endpoint has taken.", stats, StoreStats.Queue::delivered),
                counter(
                        "selvedge_messages_expired",
                        "Messages whose time to live ended.",
                        stats,
                        StoreStats.Queue::expired),
                dropped(stats),
                queueGauge("edgehub_queue_length", "Messages that wait.", stats, StoreStats.Queue::queued),
                queueGauge(
                        "selvedge_messages_quarantined",
                        "Messages in quarantine: their receiver would not take them.",
                        stats,
                        StoreStats.Queue::quarantined),
                oldest(),
                gauge("selvedge_store_bytes", "Bytes the message log takes.", stats.bytes(), Unit.BYTES),
                gauge("selvedge_store_max_bytes", "Bytes it may take.", stats.maxBytes(), Unit.BYTES),
                gauge(
                        "selvedge_store_lost_records",
                        "Records found missing or damaged, at any start.",
                        stats.lostRecords(),
                        null),
                gauge(
                        "selvedge_store_lost_entries",
                        "Places found damaged in the journal of twins, sessions and positions, at any start.",
                        stats.lostEntries(),
                        null),
                gauge(
                        "selvedge_store_quarantine_bytes",
                        "Bytes the quarantine takes; counted in selvedge_store_bytes too.",
                        stats.quarantineBytes(),
                        Unit.BYTES),
                gauge(
                        "selvedge_store_volume_low",
                        "1 while the volume has less room left than the hub leaves free.",
                        stats.volumeLow() ? 1 : 0,
                        null),
                gauge(
                        "selvedge_account_mismatch",
                        "Messages that are not accounted for; anything but 0 is a defect of the hub.",
                        stats.mismatch(),
                        null),
                total("selvedge_store_syncs", "Times the log was forced to disk.", stats.syncs()),
                total("selvedge_store_sync_seconds", "Seconds spent forcing it.", stats.syncNanos() / 1e9));
    }

    private static CounterSnapshot counter(
            String name, String help, StoreStats stats, ToLongFunction<StoreStats.Queue> value) {
        var snapshot = CounterSnapshot.builder().name(name).help(help);
        stats.queues()
                .forEach(queue -> snapshot.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .labels(labels(queue))
                        .value(value.applyAsLong(queue))
                        .build()));
        return snapshot.build();
    }

    private static CounterSnapshot dropped(StoreStats stats) {
        var snapshot =
                CounterSnapshot.builder().name("edgehub_messages_dropped").help("Messages given up, by reason.");
        stats.queues()
                .forEach(queue -> withEveryReason(queue.dropped())
                        .forEach(
                                (reason, count) -> snapshot.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                                        .labels(labels(queue).add("reason", reason))
                                        .value(count)
                                        .build())));
        return snapshot.build();
    }

    /** A counter that is not there before its first event hides that event from Prometheus: it sees no increase. */
    private static Map<String, Long> withEveryReason(Map<String, Long> dropped) {
        var all = new TreeMap<>(dropped);
        REASONS.forEach(reason -> all.putIfAbsent(reason, 0L));
        return all;
    }

    private static GaugeSnapshot queueGauge(
            String name, String help, StoreStats stats, ToLongFunction<StoreStats.Queue> value) {
        var snapshot = GaugeSnapshot.builder().name(name).help(help);
        stats.queues()
                .forEach(queue -> snapshot.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .labels(labels(queue))
                        .value(value.applyAsLong(queue))
                        .build()));
        return snapshot.build();
    }

    private GaugeSnapshot oldest() {
        var snapshot = GaugeSnapshot.builder()
                .name("selvedge_queue_oldest_age_seconds")
                .help("Age of the oldest message that waits; 0 when none does.");
        for (var endpoint : store.endpoints()) {
            try {
                var millis = store.queue(endpoint).oldestMillis();
                snapshot.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .labels(Labels.of("endpoint", endpoint))
                        .value(millis == 0 ? 0 : (clock.millis() - millis) / 1e3)
                        .build());
            } catch (IOException e) {
                LOG.warn("the oldest message cannot be read: endpoint={}", endpoint, e);
            }
        }
        return snapshot.build();
    }

    private static GaugeSnapshot gauge(String name, String help, double value, @Nullable Unit unit) {
        return GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .unit(unit)
                .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .value(value)
                        .build())
                .build();
    }

    private static CounterSnapshot total(String name, String help, double value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(value)
                        .build())
                .build();
    }

    private static Labels labels(StoreStats.Queue queue) {
        return Labels.of("endpoint", queue.endpoint(), "priority", Integer.toString(queue.priority()));
    }
}
