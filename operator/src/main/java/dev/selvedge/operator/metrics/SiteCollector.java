package dev.selvedge.operator.metrics;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.operator.apply.AuthoritySecret;
import dev.selvedge.operator.pki.Pem;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import org.jspecify.annotations.Nullable;

/**
 * Every EdgeHub and EdgeModule as its status says it is, how many of its instances are away, and every certificate in the operator's Secrets, of
 * the authorities the one that signs; read from the caches when somebody scrapes. One series for an object and one for a certificate, none for a node.
 */
public final class SiteCollector implements MultiCollector {
    private final Supplier<List<EdgeHub>> hubs;
    private final Supplier<List<EdgeModule>> modules;
    private final Supplier<List<Secret>> secrets;
    private final Away away;
    private final InstantSource clock;

    public SiteCollector(
            Supplier<List<EdgeHub>> hubs,
            Supplier<List<EdgeModule>> modules,
            Supplier<List<Secret>> secrets,
            Away away,
            InstantSource clock) {
        this.hubs = hubs;
        this.modules = modules;
        this.secrets = secrets;
        this.away = away;
        this.clock = clock;
    }

    @Override
    public MetricSnapshots collect() {
        var seen = new ArrayList<Seen>();
        var sites = new HashSet<String>();
        for (var hub : hubs.get()) {
            sites.add(hub.getMetadata().getNamespace());
            var status = hub.getStatus();
            if (status != null) {
                seen.add(Seen.of(hub, status.instances(), () -> away.of(hub), status.conditions()));
            }
        }
        for (var module : modules.get()) {
            var status = module.getStatus();
            if (status != null) {
                seen.add(Seen.of(module, status.instances(), () -> away.of(module), status.conditions()));
            }
        }
        return MetricSnapshots.of(
                gauge("selvedge_ready", "The condition Ready: 1 True, 0 False, -1 Unknown.", ready(seen)),
                gauge("selvedge_instances_ready", "Instances that are ready.", instances(seen, Instances::ready)),
                gauge(
                        "selvedge_instances_wanted",
                        "Instances that there should be.",
                        instances(seen, Instances::wanted)),
                gauge(
                        "selvedge_instances_away",
                        "Instances that are not ready because their node is unreachable or cordoned.",
                        instances(seen, Instances::away)),
                gauge(
                        "selvedge_certificate_expiration_timestamp_seconds",
                        "When the certificate ends, in seconds since 1970.",
                        certificates(secrets.get(), sites)));
    }

    private static List<GaugeDataPointSnapshot> ready(List<Seen> seen) {
        var points = new ArrayList<GaugeDataPointSnapshot>();
        for (var object : seen) {
            var ready = object.ready();
            if (ready != null) {
                points.add(point(
                        object.labels().add("reason", ready.reason()),
                        switch (ready.status()) {
                            case Condition.TRUE -> 1;
                            case Condition.FALSE -> 0;
                            default -> -1;
                        }));
            }
        }
        return points;
    }

    private static List<GaugeDataPointSnapshot> instances(List<Seen> seen, ToDoubleFunction<Instances> number) {
        var points = new ArrayList<GaugeDataPointSnapshot>();
        for (var object : seen) {
            var count = object.instances();
            if (count != null) {
                points.add(point(object.labels(), number.applyAsDouble(count)));
            }
        }
        return points;
    }

    /** Where the last hub is gone nobody renews a certificate, and nobody needs it. */
    private List<GaugeDataPointSnapshot> certificates(List<Secret> secrets, Set<String> sites) {
        var points = new ArrayList<GaugeDataPointSnapshot>();
        for (var secret : secrets) {
            var meta = secret.getMetadata();
            if (!sites.contains(meta.getNamespace())) {
                continue;
            }
            end(secret)
                    .ifPresent(end -> points.add(point(
                            Labels.of("namespace", meta.getNamespace(), "certificate", meta.getName()),
                            end.getEpochSecond())));
        }
        return points;
    }

    private Optional<Instant> end(Secret secret) {
        return secret.getMetadata().getName().equals(Names.CA)
                ? AuthoritySecret.signerEnd(secret, clock.instant())
                : Texts.text(secret, HubObjects.TLS_CERTIFICATE).flatMap(Pem::end);
    }

    private static GaugeSnapshot gauge(String name, String help, List<GaugeDataPointSnapshot> points) {
        var snapshot = GaugeSnapshot.builder().name(name).help(help);
        points.forEach(snapshot::dataPoint);
        return snapshot.build();
    }

    private static GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    /** What the status of an object says. */
    private record Seen(
            Labels labels,
            @Nullable Instances instances,
            @Nullable Condition ready) {
        static Seen of(
                HasMetadata object,
                @Nullable String instances,
                LongSupplier away,
                @Nullable List<Condition> conditions) {
            var meta = object.getMetadata();
            return new Seen(
                    Labels.of("kind", object.getKind(), "namespace", meta.getNamespace(), "name", meta.getName()),
                    Instances.parse(instances, away),
                    Conditions.ready(conditions));
        }
    }
}
