package dev.selvedge.hub.metrics;

import dev.selvedge.hub.routing.RouterHolder;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

/** What the routes in force have taken; another configuration begins at 0. */
final class RouteCollector implements Collector {
    private final RouterHolder routers;

    RouteCollector(RouterHolder routers) {
        this.routers = routers;
    }

    @Override
    public MetricSnapshot collect() {
        var snapshot = CounterSnapshot.builder()
                .name("selvedge_route_messages")
                .help("Messages a route has taken, since the routes last changed.");
        routers.current()
                .ifPresent(inForce -> inForce.router()
                        .taken()
                        .forEach((route, taken) -> snapshot.dataPoint(CounterDataPointSnapshot.builder()
                                .labels(Labels.of("route", route))
                                .value(taken)
                                .build())));
        return snapshot.build();
    }
}
