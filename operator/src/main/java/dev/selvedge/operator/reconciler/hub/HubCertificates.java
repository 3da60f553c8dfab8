package dev.selvedge.operator.reconciler.hub;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.apply.AuthoritySecret;
import dev.selvedge.operator.cache.ClusterCaches;
import dev.selvedge.operator.cluster.Certificates;
import dev.selvedge.operator.pki.Published;
import dev.selvedge.operator.pki.Validity;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.api.model.Secret;
import org.jspecify.annotations.Nullable;

/** Says until when the certificates that the operator issued to hubs are valid, and that of the authority which signed them. */
final class HubCertificates {
    private final ClusterCaches caches;
    private final Certificates certificates;
    private final InstantSource clock;

    HubCertificates(ClusterCaches caches, InstantSource clock) {
        this.caches = caches;
        certificates = new Certificates(caches);
        this.clock = clock;
    }

    /**
     * One certificate.
     *
     * @param node of the hub that has it; null when it is the authority's
     */
    record Held(@Nullable SiteNode node, String whose, Validity validity) {
        /** A hub that is cut off has the one that it was given when it was last reached, and that is not told any more. */
        boolean known() {
            return node == null || node.reachable();
        }

        @Nullable
        String on() {
            return node == null ? null : node.name();
        }
    }

    /** What is wrong with each, or of all that are well the one that ends first; nothing while there is none. */
    List<Finding> findings(List<HubInstance> hubs) {
        var held = new ArrayList<Held>();
        hubs.stream()
                .map(hub -> hub.hub().getMetadata().getNamespace())
                .findFirst()
                .flatMap(this::authority)
                .ifPresent(held::add);
        for (var hub : hubs) {
            certificates
                    .validity(
                            hub.hub().getMetadata().getNamespace(),
                            Names.tls(hub.node().name()))
                    .ifPresent(v -> held.add(new Held(hub.node(), "the hub's certificate", v)));
        }
        return findings(held, clock.instant());
    }

    static List<Finding> findings(List<Held> held, Instant now) {
        var findings = new ArrayList<Finding>();
        var known = held.stream().filter(Held::known).toList();
        known.stream()
                .filter(h -> !h.validity().begun(now) || h.validity().ending(now))
                .map(h -> bad(h, now))
                .forEach(findings::add);
        if (findings.isEmpty()) {
            known.stream()
                    .min(Comparator.comparing(h -> h.validity().until()))
                    .map(HubCertificates::first)
                    .ifPresent(findings::add);
        }
        held.stream().filter(h -> !h.known()).map(HubCertificates::unknown).forEach(findings::add);
        return findings;
    }

    private static Finding unknown(Held held) {
        return new Finding(
                held.on(),
                Reasons.NODE_UNREACHABLE,
                "not known: the node does not answer the API server, and the hub has the certificate that it had then");
    }

    private static Finding bad(Held held, Instant now) {
        if (!held.validity().begun(now)) {
            return new Finding(
                    held.on(),
                    Reasons.CERTIFICATE_EXPIRED,
                    held.whose() + " is not valid before " + held.validity().firstDay());
        }
        var day = held.validity().lastDay();
        return held.validity().over(now)
                ? new Finding(held.on(), Reasons.CERTIFICATE_EXPIRED, held.whose() + " ended on " + day)
                : new Finding(
                        held.on(),
                        Reasons.CERTIFICATE_EXPIRING,
                        held.whose() + " ends on " + day + " and was not renewed");
    }

    private static Finding first(Held held) {
        return new Finding(
                held.on(),
                Reasons.CERTIFICATE_VALID,
                held.whose() + " is the first to end, on " + held.validity().lastDay());
    }

    /** The last one that was published: others may end before it, as they should. One that has not begun where there is no other. */
    private Optional<Held> authority(String namespace) {
        try {
            return caches.of(Secret.class)
                    .get(namespace, Names.CA)
                    .map(AuthoritySecret::read)
                    .flatMap(read -> read.newest(clock.instant())
                            .or(() -> read.all().reversed().stream().findFirst()))
                    .map(newest ->
                            new Held(null, whose(newest), newest.authority().validity()));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static String whose(Published authority) {
        return authority.given()
                ? "the certificate of the authority that spec.certificateAuthority names"
                : "the certificate of the authority (Secret " + Names.CA + ")";
    }
}
