package dev.selvedge.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.Identity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

/**
 * What runs where in one site. Two objects that claim the same thing never both get it: the older one (then the first by name) keeps it and
 * the other is a {@link Problem}, so that adding an object never moves what already runs.
 */
public final class SitePlan {
    /** Which of several that claim one thing comes first; operator and hub must agree on it. */
    public static final Comparator<HasMetadata> OLDEST_FIRST = Comparator.<HasMetadata, String>comparing(o ->
                    Optional.ofNullable(o.getMetadata().getCreationTimestamp()).orElse(""))
            .thenComparing(o -> o.getMetadata().getName());

    private static final Comparator<SiteNode> BY_NAME = Comparator.comparing(SiteNode::name);

    private final List<HubInstance> hubs;
    private final List<ModuleInstance> modules;
    private final List<Problem> problems;
    private final Map<String, HubInstance> hubOfDevice;
    private final Map<Identity, ModuleInstance> moduleOfIdentity;

    private SitePlan(List<HubInstance> hubs, List<ModuleInstance> modules, List<Problem> problems) {
        this.hubs = List.copyOf(hubs);
        this.modules = List.copyOf(modules);
        this.problems = List.copyOf(problems);
        hubOfDevice = hubs.stream().collect(toMap(hub -> hub.node().deviceId(), identity()));
        moduleOfIdentity = modules.stream().collect(toMap(ModuleInstance::identity, identity()));
    }

    /** Makes the plan of a site. Total: whatever is wrong in the objects becomes a {@link Problem}, never an exception. */
    public static SitePlan of(Site site) {
        var problems = new ArrayList<Problem>();
        var hubOf = placeHubs(site, problems);
        var placed = placeModules(site, hubOf, problems);
        var hubs = new ArrayList<HubInstance>();
        hubOf.forEach((node, hub) -> {
            var here = placed.getOrDefault(node.name(), List.of());
            var configuration = new RouteBook(site, node, problems).configuration(hub, here);
            hubs.add(new HubInstance(hub, node, configuration));
        });
        var modules = new ArrayList<ModuleInstance>();
        for (var instance : hubs) {
            for (var module : placed.getOrDefault(instance.node().name(), List.of())) {
                modules.add(new ModuleInstance(module, instance.node(), instance));
            }
        }
        return new SitePlan(hubs, modules, problems);
    }

    public List<HubInstance> hubs() {
        return hubs;
    }

    public List<ModuleInstance> modules() {
        return modules;
    }

    public List<Problem> problems() {
        return problems;
    }

    /** The hub that is this device. */
    public Optional<HubInstance> hubOf(String deviceId) {
        return Optional.ofNullable(hubOfDevice.get(deviceId));
    }

    /** The instance that is this module of a device. */
    public Optional<ModuleInstance> moduleOf(Identity identity) {
        return Optional.ofNullable(moduleOfIdentity.get(identity));
    }

    public List<HubInstance> hubsOf(EdgeHub hub) {
        return hubs.stream().filter(i -> sameName(i.hub(), hub)).toList();
    }

    public List<ModuleInstance> instancesOf(EdgeModule module) {
        return modules.stream().filter(i -> sameName(i.module(), module)).toList();
    }

    /** The problems of one object. */
    public List<Problem> problemsOf(HasMetadata object) {
        return problems.stream()
                .filter(p -> p.kind().equals(object.getKind())
                        && p.name().equals(object.getMetadata().getName()))
                .toList();
    }

    private static boolean sameName(HasMetadata a, HasMetadata b) {
        return a.getMetadata().getName().equals(b.getMetadata().getName());
    }

    private static Map<SiteNode, EdgeHub> placeHubs(Site site, List<Problem> problems) {
        var hubOf = new TreeMap<SiteNode, EdgeHub>(BY_NAME);
        var nodeOfDevice = nodesByDevice(site);
        for (var hub : site.hubs().stream().sorted(OLDEST_FIRST).toList()) {
            var name = hub.getMetadata().getName();
            var nodes = site.nodes().stream()
                    .filter(n -> n.matches(hub.getSpec().nodeSelector()))
                    .toList();
            if (nodes.isEmpty()) {
                problems.add(new Problem(
                        "EdgeHub",
                        name,
                        null,
                        Reasons.NO_NODE,
                        "no node matches " + selector(hub.getSpec().nodeSelector())));
            }
            for (var node : nodes) {
                if (!Identity.isDeviceId(node.deviceId())) {
                    problems.add(new Problem(
                            "EdgeHub",
                            name,
                            node.name(),
                            Reasons.ERROR,
                            "'" + node.deviceId() + "' is no device id: give node " + node.name() + " a label "
                                    + SiteNode.DEVICE_ID_LABEL + " of 1 to 63 letters, digits, _ . -"));
                    continue;
                }
                var other = hubOf.get(node);
                var first = nodeOfDevice.getOrDefault(node.deviceId(), node);
                if (other != null) {
                    problems.add(new Problem(
                            "EdgeHub",
                            name,
                            node.name(),
                            Reasons.CONFLICT,
                            "node " + node.name() + " already has the hub of EdgeHub '"
                                    + other.getMetadata().getName() + "': a node has one hub"));
                } else if (!first.equals(node)) {
                    problems.add(new Problem(
                            "EdgeHub",
                            name,
                            node.name(),
                            Reasons.CONFLICT,
                            "nodes " + first.name() + " and " + node.name() + " have the same device id '"
                                    + node.deviceId() + "': give one another label " + SiteNode.DEVICE_ID_LABEL));
                } else {
                    hubOf.put(node, hub);
                }
            }
        }
        return hubOf;
    }

    /** The node that keeps a device id: of those that a hub is wanted on, the first in the site's order. */
    private static Map<String, SiteNode> nodesByDevice(Site site) {
        var nodes = new HashMap<String, SiteNode>();
        site.nodes().stream()
                .filter(node -> site.hubs().stream()
                        .anyMatch(hub -> node.matches(hub.getSpec().nodeSelector())))
                .forEach(node -> nodes.putIfAbsent(node.deviceId(), node));
        return nodes;
    }

    private static Map<String, List<EdgeModule>> placeModules(
            Site site, Map<SiteNode, EdgeHub> hubOf, List<Problem> problems) {
        var placed = new HashMap<String, List<EdgeModule>>();
        for (var module : site.modules().stream().sorted(OLDEST_FIRST).toList()) {
            var name = module.getMetadata().getName();
            var wanted = module.getSpec().nodeSelector();
            var nodes = wanted == null ? List.copyOf(hubOf.keySet()) : matching(site, wanted);
            if (nodes.isEmpty()) {
                problems.add(
                        wanted == null
                                ? new Problem(
                                        "EdgeModule",
                                        name,
                                        null,
                                        Reasons.NO_HUB,
                                        "no node of this namespace has a hub: create an EdgeHub")
                                : new Problem(
                                        "EdgeModule",
                                        name,
                                        null,
                                        Reasons.NO_NODE,
                                        "no node matches " + selector(wanted)));
            }
            for (var node : nodes) {
                place(module, node, hubOf, placed, problems);
            }
        }
        return placed;
    }

    private static void place(
            EdgeModule module,
            SiteNode node,
            Map<SiteNode, EdgeHub> hubOf,
            Map<String, List<EdgeModule>> placed,
            List<Problem> problems) {
        var name = module.getMetadata().getName();
        if (!hubOf.containsKey(node)) {
            problems.add(new Problem(
                    "EdgeModule",
                    name,
                    node.name(),
                    Reasons.NO_HUB,
                    "node " + node.name() + " has no hub: no EdgeHub of this namespace matches it"));
            return;
        }
        var here = placed.computeIfAbsent(node.name(), _ -> new ArrayList<>());
        var id = ModuleInstance.moduleId(module);
        var twinOf =
                here.stream().filter(m -> ModuleInstance.moduleId(m).equals(id)).findFirst();
        if (twinOf.isPresent()) {
            problems.add(new Problem(
                    "EdgeModule",
                    name,
                    node.name(),
                    Reasons.CONFLICT,
                    "module id '" + id + "' is taken on node " + node.name() + " by EdgeModule '"
                            + twinOf.get().getMetadata().getName() + "'"));
            return;
        }
        here.add(module);
    }

    private static List<SiteNode> matching(Site site, @Nullable Map<String, String> selector) {
        return site.nodes().stream()
                .filter(n -> n.matches(selector))
                .sorted(BY_NAME)
                .toList();
    }

    private static String selector(@Nullable Map<String, String> selector) {
        return "nodeSelector " + (selector == null ? "{}" : selector);
    }
}
