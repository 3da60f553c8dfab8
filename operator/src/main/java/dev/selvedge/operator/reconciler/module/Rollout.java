package dev.selvedge.operator.reconciler.module;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.Credentials;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.Failures;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.cluster.ClusterCaches;
import dev.selvedge.operator.render.Hold;
import dev.selvedge.operator.render.ModuleObjects;
import dev.selvedge.operator.render.ModulePod;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.status.Complaints;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.operator.status.PodDiagnosis;
import dev.selvedge.plan.DurationText;
import dev.selvedge.plan.ModuleInstance;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import org.jspecify.annotations.Nullable;

/**
 * Brings the instances of one module, node by node, to what is asked: first what an instance depends on, then the instance, and of those that
 * run already no more at once than may be down, and none while one is late. An instance is late when its node answers and it is not ready, longer
 * than {@code updateStrategy.progressDeadline} after it was changed. One object serves one pass.
 */
final class Rollout {
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    private final ClusterCaches caches;
    private final Applier applier;
    private final SiteTrust trust;
    private final List<String> pullSecrets;
    private final List<ModuleInstance> instances;
    private final Context<EdgeModule> context;
    private final Instant now;

    Rollout(
            ClusterCaches caches,
            Applier applier,
            SiteTrust trust,
            List<String> pullSecrets,
            List<ModuleInstance> instances,
            Context<EdgeModule> context,
            Instant now) {
        this.caches = caches;
        this.applier = applier;
        this.trust = trust;
        this.pullSecrets = pullSecrets;
        this.instances = instances;
        this.context = context;
        this.now = now;
    }

    /** How many instances are up and are what was asked for last. */
    long ready() {
        return instances.stream().filter(i -> !i.stopped() && isReady(i)).count();
    }

    /** The nodes whose instances are late. */
    List<String> late() {
        return unfinished()
                .filter(i -> !patience(i).isPositive())
                .map(i -> i.node().name())
                .toList();
    }

    /** When the next instance may be late. */
    Optional<Duration> nextLate() {
        return unfinished().map(this::patience).filter(Duration::isPositive).min(Comparator.naturalOrder());
    }

    private Stream<ModuleInstance> unfinished() {
        return instances.stream().filter(i -> i.node().reachable() && !i.stopped() && set(i) != null && !isReady(i));
    }

    private Duration patience(ModuleInstance instance) {
        var changed = Optional.ofNullable(set(instance)).stream()
                .flatMap(set -> set.getMetadata().getManagedFields().stream())
                .filter(entry -> Applier.FIELD_MANAGER.equals(entry.getManager()) && entry.getSubresource() == null)
                .map(entry -> Instant.parse(entry.getTime()))
                .max(Comparator.naturalOrder())
                .orElse(now);
        return Duration.between(now, changed.plus(deadline(instance)));
    }

    private static Duration deadline(ModuleInstance instance) {
        var strategy = instance.module().getSpec().updateStrategy();
        return strategy == null || strategy.progressDeadline() == null
                ? DEADLINE
                : DurationText.parse(strategy.progressDeadline());
    }

    /** Brings one instance as far as it can go now, and says where that is. */
    Finding bring(ModuleInstance instance) {
        var node = instance.node().name();
        var twin = twin(instance);
        applier.apply(ModuleObjects.twin(instance, twin, Applier.FIELD_MANAGER), context);
        var connection = connect(instance, ModuleObjects.credentials(twin));
        if (connection == null) {
            return new Finding(node, Reasons.PENDING, "waits for the node's hub to get its identity and address");
        }
        applier.apply(connection.secret(), context);
        var waiting = waitsFor(instance);
        if (waiting != null) {
            return new Finding(node, Reasons.WAITING_FOR_DEPENDENCY, waiting);
        }
        return run(instance, connection);
    }

    private Finding run(ModuleInstance instance, ModulePod.Connection connection) {
        var node = instance.node().name();
        try {
            var wanted = ModulePod.statefulSet(instance, connection);
            var waiting = changes(instance, wanted) ? waits(instance) : null;
            if (waiting != null) {
                return waiting;
            }
            applier.apply(wanted, context);
        } catch (IllegalArgumentException e) {
            return new Finding(node, Reasons.INVALID_POD_TEMPLATE, String.valueOf(e.getMessage()));
        } catch (KubernetesClientException e) {
            if (instance.module().getSpec().podTemplate() == null || Applier.raced(e) || e.getCode() < 400) {
                throw e;
            }
            return new Finding(node, Reasons.INVALID_POD_TEMPLATE, "spec.podTemplate is refused: " + Failures.said(e));
        }
        if (instance.stopped()) {
            return new Finding(node, Reasons.STOPPED, "stopped as asked (spec.state); twin and messages stay");
        }
        var set = set(instance);
        var complaints = set == null ? Complaints.NONE : caches.complaints(set);
        return PodDiagnosis.of(instance.node(), set, pod(instance), complaints);
    }

    /** Null while the hub's Secrets or Service are not there yet; their coming wakes us. */
    private ModulePod.@Nullable Connection connect(ModuleInstance instance, Credentials credentials) {
        var namespace = namespace(instance);
        var node = instance.node().name();
        var proof = trust.proof(namespace, node, ModuleObjects.name(instance), instance.identity(), credentials);
        var address = caches.of(Service.class)
                .get(namespace, Names.hub(node))
                .map(service -> service.getSpec().getClusterIP())
                .orElse(null);
        if (proof.isEmpty() || address == null) {
            return null;
        }
        var secret = ModuleObjects.secret(instance, proof.get());
        return new ModulePod.Connection(secret, proof.get().anchor(), credentials.generation(), address, pullSecrets);
    }

    /** What an instance that does not exist yet waits for, or null. One that exists is never held back by this again. */
    private @Nullable String waitsFor(ModuleInstance instance) {
        var needs = instance.module().getSpec().dependsOn();
        if (needs == null || set(instance) != null) {
            return null;
        }
        var namespace = namespace(instance);
        var missing = needs.stream()
                .filter(module -> {
                    var name = Names.instance(module, instance.node().name());
                    return !PodDiagnosis.ready(
                            caches.of(StatefulSet.class).get(namespace, name).orElse(null),
                            caches.of(Pod.class).get(namespace, name + "-0").orElse(null));
                })
                .toList();
        return missing.isEmpty()
                ? null
                : "starts when " + String.join(", ", missing) + (missing.size() == 1 ? " is" : " are") + " ready here";
    }

    private boolean changes(ModuleInstance instance, StatefulSet wanted) {
        return set(instance) != null && !instance.stopped() && !applier.matches(wanted, context);
    }

    /** Why a change must wait, or null. An instance that is down anyway waits for no other. */
    private @Nullable Finding waits(ModuleInstance instance) {
        var node = instance.node().name();
        if (Hold.of(instance.module())) {
            return new Finding(
                    node, Reasons.ON_HOLD, "the change waits while the annotation " + Hold.ANNOTATION + " is there");
        }
        if (!isReady(instance)) {
            return null;
        }
        var late = late();
        if (!late.isEmpty()) {
            return new Finding(
                    node,
                    Reasons.ROLLOUT_PAUSED,
                    "keeps what it has: the instance on " + String.join(", ", late)
                            + " was not ready in time; mend that one or change the spec");
        }
        var down = instances.stream()
                .filter(other -> other.node().reachable() && set(other) != null && !isReady(other))
                .count();
        var strategy = instance.module().getSpec().updateStrategy();
        var most = strategy == null ? 1 : Objects.requireNonNullElse(strategy.maxUnavailable(), 1);
        return down < most ? null : new Finding(node, Reasons.PENDING, "the change waits until other nodes have it");
    }

    private boolean isReady(ModuleInstance instance) {
        return PodDiagnosis.ready(set(instance), pod(instance));
    }

    private @Nullable StatefulSet set(ModuleInstance instance) {
        return caches.of(StatefulSet.class)
                .get(namespace(instance), ModuleObjects.name(instance))
                .orElse(null);
    }

    private @Nullable Pod pod(ModuleInstance instance) {
        return caches.of(Pod.class)
                .get(namespace(instance), ModuleObjects.name(instance) + "-0")
                .orElse(null);
    }

    private @Nullable ModuleTwin twin(ModuleInstance instance) {
        return caches.of(ModuleTwin.class)
                .get(namespace(instance), ModuleObjects.twinName(instance))
                .orElse(null);
    }

    private static String namespace(ModuleInstance instance) {
        return instance.module().getMetadata().getNamespace();
    }
}
