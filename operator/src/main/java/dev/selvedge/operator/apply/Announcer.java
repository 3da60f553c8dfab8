package dev.selvedge.operator.apply;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;

import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cache.KindCache;
import dev.selvedge.operator.status.Conditions;
import dev.selvedge.operator.status.Finding;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people how an object is: writes its status when that differs, with a fresh object that holds nothing else, and a Kubernetes Event when
 * a condition changes its status or reason. Thread-safe.
 */
public final class Announcer {
    /** Field manager of statuses: another than that of the specs, or nobody could tell the two apart in the managed fields. */
    public static final String FIELD_MANAGER = "selvedge-operator-status";

    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
    private static final int NOT_FOUND = 404;

    private final KubernetesClient client;
    private final ClusterCaches caches;
    private final InstantSource clock;
    private final Set<String> toldElsewhere;

    public Announcer(KubernetesClient client, ClusterCaches caches, InstantSource clock) {
        this(client, caches, clock, Set.of());
    }

    private Announcer(KubernetesClient client, ClusterCaches caches, InstantSource clock, Set<String> toldElsewhere) {
        this.client = client;
        this.caches = caches;
        this.clock = clock;
        this.toldElsewhere = toldElsewhere;
    }

    /** One that makes no Events of these reasons, nor of being well again after them: those of other objects tell. */
    public Announcer without(Set<String> reasons) {
        return new Announcer(client, caches, clock, reasons);
    }

    /** Makes a kind's status from its conditions. */
    @FunctionalInterface
    public interface StatusOf<S> {
        S with(long observedGeneration, List<Condition> conditions);
    }

    /** Reads the conditions out of a kind's status. */
    @FunctionalInterface
    public interface ConditionsOf<S> {
        @Nullable
        List<Condition> in(S status);
    }

    /**
     * Brings the status of an object to what was found.
     *
     * @param object as cached; it is not changed
     * @param blank a new object of the same kind
     * @param same whether two statuses say the same, in the fields that the operator writes
     */
    public <S, T extends CustomResource<?, S>> void announce(
            T object,
            T blank,
            List<Finding> findings,
            ConditionsOf<S> conditionsOf,
            StatusOf<S> statusOf,
            BiPredicate<S, S> same) {
        announce(object, blank, Map.of(Condition.READY, findings), conditionsOf, statusOf, same);
    }

    /**
     * Brings the status of an object with several conditions to what was found.
     *
     * @param findings by type of condition, in the order in which they are to be shown
     */
    public <S, T extends CustomResource<?, S>> void announce(
            T object,
            T blank,
            Map<String, List<Finding>> findings,
            ConditionsOf<S> conditionsOf,
            StatusOf<S> statusOf,
            BiPredicate<S, S> same) {
        var current = object.getStatus();
        var earlier = current == null ? null : conditionsOf.in(current);
        var generation = object.getMetadata().getGeneration();
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        var conditions = findings.entrySet().stream()
                .map(found -> Conditions.of(found.getKey(), found.getValue(), generation, earlier, now))
                .toList();
        var wanted = statusOf.with(generation, conditions);
        if (current != null && same.test(current, wanted)) {
            return;
        }
        blank.getMetadata().setName(object.getMetadata().getName());
        blank.getMetadata().setNamespace(object.getMetadata().getNamespace());
        blank.getMetadata().setUid(object.getMetadata().getUid());
        blank.setStatus(wanted);
        try {
            cache(blank).wrote(patch(blank));
        } catch (KubernetesClientException e) {
            if (e.getCode() == NOT_FOUND) {
                return;
            }
            throw e;
        }
        conditions.stream()
                .filter(condition ->
                        Conditions.news(Conditions.find(condition.type(), earlier), condition, toldElsewhere))
                .forEach(condition -> event(object, condition, now));
    }

    private <T extends HasMetadata> T patch(T fresh) {
        return client.resource(fresh)
                .subresource("status")
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(FIELD_MANAGER)
                        .withForce(true)
                        .build());
    }

    /** Best effort: the condition says the same, and an Event that cannot be written must not stop a pass. */
    private void event(HasMetadata about, Condition condition, String now) {
        var meta = about.getMetadata();
        var event = new EventBuilder()
                .withNewMetadata()
                .withGenerateName(meta.getName() + ".")
                .withNamespace(meta.getNamespace())
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(about.getApiVersion())
                .withKind(about.getKind())
                .withName(meta.getName())
                .withNamespace(meta.getNamespace())
                .withUid(meta.getUid())
                .endInvolvedObject()
                .withType(Conditions.warns(condition.reason()) ? "Warning" : "Normal")
                .withReason(condition.reason())
                .withMessage(condition.message())
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .withNewSource()
                .withComponent(Applier.FIELD_MANAGER)
                .endSource()
                .withReportingComponent(Applier.FIELD_MANAGER)
                .build();
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            LOG.warn("Cannot record an Event on {} {}: {}", about.getKind(), meta.getName(), e.getMessage());
        }
    }

    @SuppressWarnings("unchecked")
    private <T extends HasMetadata> KindCache<T> cache(T object) {
        return (KindCache<T>) caches.of(Objects.requireNonNull(object).getClass());
    }
}
