package dev.selvedge.operator.render;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.IssuerRef;
import dev.selvedge.operator.pki.CertificateAuthority;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;

/**
 * The Certificate of cert-manager by which a site asks an issuer for its authority. It goes with the last EdgeHub. The Secret that cert-manager
 * writes has the labels by which the operator watches its own.
 */
public final class AuthorityCertificate {
    /** cert-manager refuses less. */
    private static final Duration SHORTEST = Duration.ofHours(1);

    /** cert-manager refuses to renew later before the end. */
    private static final Duration LATEST_RENEWAL = Duration.ofMinutes(5);

    /** Nor does it renew what it has just issued; an hour, or a third of the duration if that is less, keeps it from going round. */
    private static final Duration SOONEST_RENEWAL = Duration.ofHours(1);

    private AuthorityCertificate() {}

    /**
     * What is asked for.
     *
     * @param life how long the authority is to live
     * @param issued what was issued before, if anything: it may end earlier, with its root or as the issuer decided
     */
    public static GenericKubernetesResource of(
            String namespace,
            List<EdgeHub> hubs,
            IssuerRef issuer,
            Duration life,
            Optional<CertificateAuthority> issued) {
        var duration = life.compareTo(SHORTEST) < 0 ? SHORTEST : life;
        var spec = new TreeMap<String, Object>();
        spec.put("secretName", Names.ISSUED_AUTHORITY);
        spec.put("secretTemplate", Map.of("labels", Labels.site()));
        spec.put("isCA", true);
        spec.put("commonName", Names.authority(namespace));
        spec.put("duration", text(duration));
        spec.put("renewBefore", text(renewBefore(duration, issued)));
        spec.put("privateKey", new TreeMap<>(Map.of("algorithm", "ECDSA", "size", 256, "rotationPolicy", "Always")));
        spec.put("usages", List.of("cert sign", "crl sign", "digital signature"));
        spec.put(
                "issuerRef",
                new TreeMap<>(Map.of(
                        "name", issuer.name(),
                        "kind", Objects.requireNonNull(issuer.kind()),
                        "group", Objects.requireNonNull(issuer.group()))));
        var certificate = new GenericKubernetesResource();
        certificate.setApiVersion("cert-manager.io/v1");
        certificate.setKind("Certificate");
        certificate.setMetadata(new ObjectMetaBuilder()
                .withName(Names.ISSUED_AUTHORITY)
                .withNamespace(namespace)
                .withLabels(Labels.site())
                .withOwnerReferences(hubs.stream().map(Owners::shared).toList())
                .build());
        certificate.setAdditionalProperty("spec", spec);
        return certificate;
    }

    /** What was issued may have been for longer than is asked for now, or have outlived its root. */
    private static Duration renewBefore(Duration duration, Optional<CertificateAuthority> issued) {
        var third = duration.dividedBy(3);
        var most = duration.minus(third.compareTo(SOONEST_RENEWAL) < 0 ? third : SOONEST_RENEWAL);
        var due = issued.map(CertificateAuthority::renewBefore).orElse(third);
        return due.compareTo(most) > 0 ? most : due.compareTo(LATEST_RENEWAL) < 0 ? LATEST_RENEWAL : due;
    }

    /** As Go reads it. */
    private static String text(Duration duration) {
        return duration.toMinutesPart() == 0 && duration.toSecondsPart() == 0
                ? duration.toHours() + "h"
                : duration.toSeconds() + "s";
    }
}
