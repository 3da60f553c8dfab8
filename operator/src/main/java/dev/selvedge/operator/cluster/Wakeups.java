package dev.selvedge.operator.cluster;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.identity.Identity;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cache.Nodes;
import dev.selvedge.operator.render.DeviceObjects;
import dev.selvedge.operator.render.Hold;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.status.HubFindings;
import dev.selvedge.operator.status.PodDiagnosis;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import org.jspecify.annotations.Nullable;

/**
 * Whom a change concerns. A node, a hub or a module may move anything of its site, since a plan is made of all of them, and so does a hub's twin that
 * goes, since it said which device its node is; what the operator made concerns the object it was made for, a hub's objects also the modules
 * that connect to it, and a hub's pod the twins for which it answers.
 */
public final class Wakeups {
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "StatefulSet",
            StatefulSet.class,
            "Job",
            Job.class,
            "Pod",
            Pod.class,
            "PersistentVolumeClaim",
            PersistentVolumeClaim.class);

    private final ClusterCaches caches;
    private final SitePlans plans;
    private final SiteEvents<EdgeHub> hubs;
    private final SiteEvents<EdgeModule> modules;
    private final SiteEvents<ModuleTwin> twins;
    /** Names of the twins of downstream devices, by namespace: a few among many. */
    private final Map<String, Set<String>> downstream = new ConcurrentHashMap<>();

    private final TwinsOfNodes twinsOfNodes = new TwinsOfNodes();

    public Wakeups(
            ClusterCaches caches,
            SitePlans plans,
            SiteEvents<EdgeHub> hubs,
            SiteEvents<EdgeModule> modules,
            SiteEvents<ModuleTwin> twins) {
        this.caches = caches;
        this.plans = plans;
        this.hubs = hubs;
        this.modules = modules;
        this.twins = twins;
    }

    /** Begins to listen; to be called before the caches start. */
    public void listen() {
        caches.of(Node.class).onChange(this::node);
        caches.of(EdgeHub.class).onChange(this::planned);
        caches.of(EdgeModule.class).onChange(this::planned);
        caches.of(ModuleTwin.class).onChange(this::twin);
        caches.onComplaint(this::complaint);
        for (var kind : List.of(Secret.class, Service.class)) {
            caches.of(kind).onChange(this::needed);
        }
        caches.of(StatefulSet.class).onChange(this::owned);
        caches.of(ConfigMap.class).onChange(this::owned);
        caches.of(Job.class).onChange(this::owned);
        caches.of(Pod.class).onChange(this::pod);
        caches.of(PersistentVolumeClaim.class).onChange(this::owned);
        caches.of(ServiceAccount.class).onChange(this::owned);
        caches.of(RoleBinding.class).onChange(this::owned);
    }

    private void node(@Nullable Node before, @Nullable Node after) {
        if (before != null && after != null && Nodes.same(before, after)) {
            return;
        }
        all();
    }

    /** Wakes everybody. */
    public void all() {
        var namespaces = new HashSet<String>();
        Stream.of(
                        caches.of(EdgeHub.class).all(),
                        caches.of(EdgeModule.class).all(),
                        caches.of(ModuleTwin.class).all())
                .flatMap(List::stream)
                .forEach(object -> namespaces.add(object.getMetadata().getNamespace()));
        namespaces.forEach(this::site);
    }

    private void planned(@Nullable HasMetadata before, @Nullable HasMetadata after) {
        if (before != null
                && after != null
                && sameGeneration(before, after)
                && sameHold(before, after)
                && !leaves(before, after)) {
            return;
        }
        site(namespace(before, after));
    }

    void twin(@Nullable ModuleTwin before, @Nullable ModuleTwin after) {
        noteDownstream(before, after);
        wakeRivals(before, after);
        twinsOfNodes.changed(before, after);
        if (before != null && after != null && sameGeneration(before, after) && sameLabels(before, after)) {
            if (!HubFindings.said(before.getStatus()).equals(HubFindings.said(after.getStatus()))) {
                owner(after);
            }
            return;
        }
        if (ofHub(before) || ofHub(after)) {
            plans.changed(namespace(before, after));
        }
        for (var twin : new ModuleTwin[] {before, after}) {
            if (twin != null) {
                owner(twin);
                twins.wake(twin.getMetadata().getNamespace(), twin.getMetadata().getName());
            }
        }
        if (before != null && after == null && ofHub(before)) {
            site(before.getMetadata().getNamespace());
        }
    }

    /** The other twins of a downstream device, when one comes or goes, or gets another hub. */
    private void wakeRivals(@Nullable ModuleTwin before, @Nullable ModuleTwin after) {
        if (before != null && after != null && sameGeneration(before, after)) {
            return;
        }
        var twin = after != null ? after : Objects.requireNonNull(before);
        var namespace = twin.getMetadata().getNamespace();
        if (twin.getSpec().moduleId() == null) {
            var names = downstream.getOrDefault(namespace, Set.of());
            names.stream()
                    .filter(name -> caches.of(ModuleTwin.class)
                            .get(namespace, name)
                            .filter(other -> twin.getSpec()
                                    .deviceId()
                                    .equals(other.getSpec().deviceId()))
                            .isPresent())
                    .forEach(name -> twins.wake(namespace, name));
        }
    }

    private static boolean ofHub(@Nullable ModuleTwin twin) {
        return twin != null && Identity.EDGE_HUB.equals(twin.getSpec().moduleId());
    }

    private void noteDownstream(@Nullable ModuleTwin before, @Nullable ModuleTwin after) {
        var twin = after != null ? after : Objects.requireNonNull(before);
        if (twin.getSpec().moduleId() == null) {
            var known =
                    downstream.computeIfAbsent(twin.getMetadata().getNamespace(), _ -> ConcurrentHashMap.newKeySet());
            if (after != null) {
                known.add(twin.getMetadata().getName());
            } else {
                known.remove(twin.getMetadata().getName());
            }
        }
    }

    /** Modules and downstream devices read a hub's Secrets, modules its Service; hubs too read that of the authorities. A device's is read by nobody else. */
    void needed(@Nullable HasMetadata before, @Nullable HasMetadata after) {
        var object = after != null ? after : Objects.requireNonNull(before);
        var namespace = object.getMetadata().getNamespace();
        var device = Stream.of(Optional.ofNullable(before), Optional.ofNullable(after))
                .flatMap(Optional::stream)
                .flatMap(secret -> DeviceObjects.twinName(secret).stream())
                .findFirst();
        if (device.isPresent()) {
            twins.wake(namespace, device.get());
            return;
        }
        if (object.getMetadata().getName().equals(Names.CA)) {
            site(namespace);
        }
        if (Labels.of(object, Labels.MODULE) == null) {
            allModules(namespace);
            downstreamOf(object).forEach(twin -> twins.wake(namespace, twin));
        }
        owned(before, after);
    }

    /** The twins of the downstream devices of the node that an object is of; of all devices when it is of none. */
    private Stream<String> downstreamOf(HasMetadata object) {
        var all = downstream.getOrDefault(object.getMetadata().getNamespace(), Set.of());
        return Labels.of(object, Labels.NODE) == null
                ? all.stream()
                : twinsOfNodes.beside(object).stream().filter(all::contains);
    }

    private void pod(@Nullable Pod before, @Nullable Pod after) {
        var pod = after != null ? after : Objects.requireNonNull(before);
        if (caches.areNodesNamed() && cutOff(before) != cutOff(after)) {
            all(); // a node concerns everybody
        }
        var job = Labels.of(pod, Labels.JOB);
        if (job == null) {
            owner(pod);
        } else {
            caches.of(Job.class).get(pod.getMetadata().getNamespace(), job).ifPresent(this::owner);
        }
    }

    private static boolean cutOff(@Nullable Pod pod) {
        return pod != null && PodDiagnosis.cutOff(pod);
    }

    private void owned(@Nullable HasMetadata before, @Nullable HasMetadata after) {
        owner(after != null ? after : Objects.requireNonNull(before));
    }

    private void complaint(@Nullable Event before, @Nullable Event after) {
        var about = (after != null ? after : Objects.requireNonNull(before)).getInvolvedObject();
        var kind = KINDS.get(String.valueOf(about.getKind()));
        if (kind != null) {
            caches.of(kind).get(about.getNamespace(), about.getName()).ifPresent(this::owner);
        }
    }

    private void owner(HasMetadata object) {
        var namespace = object.getMetadata().getNamespace();
        var module = Labels.of(object, Labels.MODULE);
        if (module == null) {
            allHubs(namespace);
        } else {
            modules.wake(namespace, module);
        }
        if (!(object instanceof StatefulSet || object instanceof Pod)) {
            return; // nobody is ready by it
        }
        if (module == null) {
            twinsOfNodes.beside(object).forEach(twin -> twins.wake(namespace, twin));
        }
        caches.of(EdgeModule.class).list(namespace).stream()
                .filter(other -> waitsFor(other, module))
                .forEach(other -> modules.wake(namespace, other.getMetadata().getName()));
    }

    private void site(String namespace) {
        plans.changed(namespace);
        allHubs(namespace);
        allModules(namespace);
        caches.of(ModuleTwin.class)
                .list(namespace)
                .forEach(twin -> twins.wake(namespace, twin.getMetadata().getName()));
    }

    private void allHubs(String namespace) {
        caches.of(EdgeHub.class)
                .list(namespace)
                .forEach(hub -> hubs.wake(namespace, hub.getMetadata().getName()));
    }

    private void allModules(String namespace) {
        caches.of(EdgeModule.class)
                .list(namespace)
                .forEach(module -> modules.wake(namespace, module.getMetadata().getName()));
    }

    /**
     * Whether a module starts after another one, or after the hub.
     *
     * @param other null for the hub
     */
    private static boolean waitsFor(EdgeModule module, @Nullable String other) {
        var needs = module.getSpec().dependsOn();
        return needs != null && (other == null || needs.contains(other));
    }

    private static String namespace(@Nullable HasMetadata before, @Nullable HasMetadata after) {
        return (after != null ? after : Objects.requireNonNull(before))
                .getMetadata()
                .getNamespace();
    }

    /** One that was deleted and made anew while nobody watched is another. */
    private static boolean sameGeneration(HasMetadata before, HasMetadata after) {
        return Objects.equals(before.getMetadata().getUid(), after.getMetadata().getUid())
                && Objects.equals(
                        before.getMetadata().getGeneration(),
                        after.getMetadata().getGeneration());
    }

    private static boolean sameHold(HasMetadata before, HasMetadata after) {
        return Hold.of(before) == Hold.of(after);
    }

    private static boolean sameLabels(HasMetadata before, HasMetadata after) {
        return Objects.equals(
                before.getMetadata().getLabels(), after.getMetadata().getLabels());
    }

    private static boolean leaves(HasMetadata before, HasMetadata after) {
        return before.getMetadata().getDeletionTimestamp() == null
                && after.getMetadata().getDeletionTimestamp() != null;
    }
}
