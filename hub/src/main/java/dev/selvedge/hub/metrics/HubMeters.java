package dev.selvedge.hub.metrics;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import dev.selvedge.hub.client.ClientMeters;
import dev.selvedge.hub.delivery.RoutedIntake;
import dev.selvedge.hub.health.Health;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.upstream.Uplink;
import dev.selvedge.identity.Identity;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** All meters of a hub; IoT Edge's names where it has one. Any thread. */
public final class HubMeters implements ClientMeters {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicInteger connected = new AtomicInteger();
    private final Counter connects;
    private final Counter disconnects;

    /** @param certificateEnds when the server certificate in use ends */
    public HubMeters(
            MessageStore store,
            RoutedIntake intake,
            RouterHolder routers,
            Uplink uplink,
            Supplier<Instant> certificateEnds,
            InstantSource clock) {
        registry.getPrometheusRegistry().register(new StoreCollector(store, clock));
        registry.getPrometheusRegistry().register(new RouteCollector(routers));
        connects = Counter.builder("edgehub_client_connect_success")
                .description("Clients let in.")
                .register(registry);
        disconnects = Counter.builder("edgehub_client_disconnect")
                .description("Clients that left.")
                .register(registry);
        Gauge.builder("edgehub_connected_clients", connected, AtomicInteger::get)
                .description("Clients connected now.")
                .register(registry);
        Gauge.builder("selvedge_upstream_configured", uplink, link -> link.configured() ? 1 : 0)
                .description("1 when the hub has an upstream.")
                .strongReference(true)
                .register(registry);
        Gauge.builder("selvedge_upstream_connected", uplink, link -> link.connected() ? 1 : 0)
                .description("1 while the upstream is connected.")
                .strongReference(true)
                .register(registry);
        Gauge.builder(
                        "selvedge_certificate_expiration_timestamp_seconds",
                        certificateEnds,
                        ends -> ends.get().getEpochSecond())
                .description("When the certificate ends, in seconds since 1970.")
                .tag("certificate", "server")
                .strongReference(true)
                .register(registry);
        FunctionCounter.builder("selvedge_messages_unrouted", intake, RoutedIntake::unrouted)
                .description("Messages that no route took, since the start.")
                .register(registry);
    }

    /** Also tells how long the store's room lasts. */
    public void tell(Health health) {
        Gauge.builder("selvedge_store_hours_left", health, Health::hoursLeft)
                .description(
                        "Hours until the store is full at the present rate; +Inf when it is not filling, NaN in the first five minutes.")
                .strongReference(true)
                .register(registry);
    }

    @Override
    public void connected(Identity client) {
        connected.incrementAndGet();
        connects.increment();
    }

    @Override
    public void disconnected(Identity client) {
        connected.decrementAndGet();
        disconnects.increment();
    }

    @Override
    public void refused(String reason) {
        Counter.builder("edgehub_client_connect_failed")
                .description("Clients not let in, by reason.")
                .tag("reason", reason)
                .register(registry)
                .increment();
    }

    /** Everything in Prometheus' text format. */
    public String scrape() {
        return registry.scrape();
    }
}
