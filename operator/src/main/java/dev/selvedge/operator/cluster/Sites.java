package dev.selvedge.operator.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.identity.Identity;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cache.KindCache;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.HubConfiguration;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a site, all that a plan is made from, out of the caches. */
public final class Sites {
    private static final Logger LOG = LoggerFactory.getLogger(Sites.class);

    private final ClusterCaches caches;

    public Sites(ClusterCaches caches) {
        this.caches = caches;
    }

    public Site read(String namespace) {
        var nodes = nodes(namespace);
        return new Site(
                living(caches.of(EdgeHub.class), namespace),
                living(caches.of(EdgeModule.class), namespace),
                nodes,
                inForce(namespace, nodes));
    }

    /** Those with a hub first; each is the device that its hub's twin names, for the twin's identity, like that of the data in the volume, is for good. */
    private List<SiteNode> nodes(String namespace) {
        var settled = new ArrayList<SiteNode>();
        var others = new ArrayList<SiteNode>();
        for (var node : caches.nodes()) {
            hubTwin(namespace, node)
                    .ifPresentOrElse(twin -> settled.add(node.as(twin.getSpec().deviceId())), () -> others.add(node));
        }
        settled.addAll(others);
        return settled;
    }

    private Optional<ModuleTwin> hubTwin(String namespace, SiteNode node) {
        return caches.of(ModuleTwin.class)
                .get(namespace, Names.twin(Names.HUB, node.name()))
                .filter(twin -> Identity.EDGE_HUB.equals(twin.getSpec().moduleId()));
    }

    private Map<String, HubConfiguration> inForce(String namespace, List<SiteNode> nodes) {
        var told = new HashMap<String, HubConfiguration>();
        for (var node : nodes) {
            hubTwin(namespace, node)
                    .flatMap(Sites::configuration)
                    .ifPresent(configuration -> told.put(node.name(), configuration));
        }
        return told;
    }

    private static Optional<HubConfiguration> configuration(ModuleTwin twin) {
        var properties = twin.getSpec().properties();
        if (properties == null || properties.desired() == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(HubConfiguration.parse(properties.desired()));
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "The hub's twin {} cannot be read and will be written anew: {}",
                    twin.getMetadata().getName(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static <T extends HasMetadata> List<T> living(KindCache<T> cache, String namespace) {
        return cache.list(namespace).stream()
                .filter(object -> object.getMetadata().getDeletionTimestamp() == null)
                .toList();
    }
}
