package dev.selvedge.operator.apply;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.SSABasedGenericKubernetesResourceMatcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Certificate by which a site asks cert-manager for its authority. A cluster may not know that kind, so it is read when needed and never
 * watched; that cert-manager has written, the watch on Secrets tells.
 */
public final class AuthorityOrder {
    private static final Logger LOG = LoggerFactory.getLogger(AuthorityOrder.class);
    private static final String GROUP = "cert-manager.io";
    private static final int NOT_FOUND = 404;

    private final KubernetesClient client;
    private final ClusterCaches caches;
    /** Namespaces in which there is no order of ours, as far as was looked since the operator started. */
    private final Set<String> withoutOrder = ConcurrentHashMap.newKeySet();

    public AuthorityOrder(KubernetesClient client, ClusterCaches caches) {
        this.client = client;
        this.caches = caches;
    }

    /** Brings the Certificate to what was rendered. Says, for people, why there is nothing issued for it; empty when there is. */
    public Optional<String> place(GenericKubernetesResource wanted, Context<?> context) {
        var namespace = wanted.getMetadata().getNamespace();
        withoutOrder.remove(namespace);
        var certificate = find("Certificate", namespace, Names.ISSUED_AUTHORITY).get();
        if (certificate == null || !matches(certificate, wanted, context)) {
            try {
                certificate = find("Certificate", namespace, Names.ISSUED_AUTHORITY)
                        .patch(
                                new PatchContext.Builder()
                                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                                        .withFieldManager(Applier.FIELD_MANAGER)
                                        .withForce(true)
                                        .build(),
                                wanted);
                LOG.info("Asked cert-manager for an authority: Certificate {}/{}", namespace, Names.ISSUED_AUTHORITY);
            } catch (KubernetesClientException e) {
                if (e.getCode() != NOT_FOUND) {
                    throw e;
                }
                return Optional.of("this cluster knows no Certificate of cert-manager.io/v1: install cert-manager");
            }
        }
        return isReady(certificate) ? Optional.empty() : Optional.of(why(certificate));
    }

    /**
     * Takes back what was asked for, and what came of it, if anything did.
     *
     * @param keepsIssued whether somebody names the Secret that came of it: then it stays as it is
     */
    public void withdraw(String namespace, boolean keepsIssued) {
        var issued =
                keepsIssued ? Optional.<Secret>empty() : caches.of(Secret.class).get(namespace, Names.ISSUED_AUTHORITY);
        if (issued.isEmpty() && withoutOrder.contains(namespace)) {
            return;
        }
        var certificate = find("Certificate", namespace, Names.ISSUED_AUTHORITY);
        Optional.ofNullable(certificate.get())
                .filter(found -> Labels.SELVEDGE.equals(Labels.of(found, Labels.MANAGED_BY)))
                .ifPresent(_ -> {
                    // cert-manager may have been told to let Secrets go with their Certificates
                    certificate
                            .withPropagationPolicy(
                                    keepsIssued ? DeletionPropagation.ORPHAN : DeletionPropagation.BACKGROUND)
                            .delete();
                    LOG.info("Deleted Certificate {}/{}", namespace, Names.ISSUED_AUTHORITY);
                });
        issued.ifPresent(secret -> {
            client.resource(secret).delete();
            LOG.info("Deleted Secret {}/{}", namespace, Names.ISSUED_AUTHORITY);
        });
        withoutOrder.add(namespace);
    }

    private String why(GenericKubernetesResource certificate) {
        var said = ready(certificate);
        if (said.isEmpty()) {
            return "cert-manager has not looked at Certificate '" + Names.ISSUED_AUTHORITY
                    + "' yet: does its controller run?";
        }
        var revision = certificate.get("status", "revision") instanceof Number number ? number.longValue() : 0;
        var request = find(
                        "CertificateRequest",
                        certificate.getMetadata().getNamespace(),
                        Names.ISSUED_AUTHORITY + "-" + (revision + 1))
                .get();
        return "Certificate '" + Names.ISSUED_AUTHORITY + "' " + said(said.get())
                + Optional.ofNullable(request)
                        .flatMap(AuthorityOrder::ready)
                        .map(pending -> "; its request " + said(pending))
                        .orElse("");
    }

    private static String said(Map<?, ?> condition) {
        return "is not ready (" + condition.get("reason") + "): " + condition.get("message");
    }

    private static boolean isReady(GenericKubernetesResource object) {
        return ready(object).filter(c -> "True".equals(c.get("status"))).isPresent();
    }

    private static Optional<Map<?, ?>> ready(GenericKubernetesResource object) {
        return object.get("status", "conditions") instanceof List<?> conditions
                ? conditions.stream()
                        .filter(Map.class::isInstance)
                        .<Map<?, ?>>map(Map.class::cast)
                        .filter(condition -> "Ready".equals(condition.get("type")))
                        .findFirst()
                : Optional.empty();
    }

    private static boolean matches(
            GenericKubernetesResource certificate, GenericKubernetesResource wanted, Context<?> context) {
        return SSABasedGenericKubernetesResourceMatcher.<GenericKubernetesResource>getInstance()
                .matches(certificate, wanted, context);
    }

    private Resource<GenericKubernetesResource> find(String kind, String namespace, String name) {
        var resource = new ResourceDefinitionContext.Builder()
                .withGroup(GROUP)
                .withVersion("v1")
                .withKind(kind)
                .withNamespaced(true)
                .build();
        return client.genericKubernetesResources(resource)
                .inNamespace(namespace)
                .withName(name);
    }
}
