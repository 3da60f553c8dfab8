package dev.selvedge.operator.reconciler.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.GivenAuthority;
import dev.selvedge.api.v1alpha1.IssuerRef;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.AuthorityOrder;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.render.AuthorityCertificate;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.operator.status.Finding;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import org.jspecify.annotations.Nullable;

/** The authority of a site: the operator makes it, or the user named it, or an issuer is asked for it. */
public final class SiteAuthority {
    private final Applier applier;
    private final AuthorityOrder order;
    private final SiteTrust trust;

    /**
     * What decides of a site in one pass.
     *
     * @param named what the oldest EdgeHub that names one names; null when none does
     * @param secret what that is, or was issued; null when it is not there
     */
    record Decisive(
            @Nullable GivenAuthority named, @Nullable Secret secret) {}

    public SiteAuthority(Applier applier, AuthorityOrder order, SiteTrust trust) {
        this.applier = applier;
        this.order = order;
        this.trust = trust;
    }

    /** What decides now; read once a pass, since a Secret that is not the operator's is asked of the API server. */
    Decisive decisive(String namespace, List<EdgeHub> all) {
        var named = all.stream()
                .sorted(Comparator.comparing((EdgeHub h) -> h.getMetadata().getCreationTimestamp())
                        .thenComparing(h -> h.getMetadata().getName()))
                .flatMap(h -> named(h).stream())
                .findFirst()
                .orElse(null);
        return new Decisive(named, named == null ? null : applier.find(namespace, secret(named)));
    }

    /**
     * Takes the next step in the life of the site's authorities; none while what is named is not there. Throws IllegalArgumentException, in words for the
     * user, when that cannot sign.
     */
    void rotate(String namespace, Decisive decisive) {
        var secret = decisive.secret();
        if (decisive.named() == null || secret != null) {
            trust.rotate(namespace, secret == null ? null : authority(secret));
        }
    }

    /** Whether there is one; until then hubs cannot run. */
    boolean canSign(String namespace) {
        return applier.find(namespace, Names.CA) != null;
    }

    /** Sees to it that what is named comes, and that nothing else does; says what keeps it from that. */
    List<Finding> ask(EdgeHub hub, List<EdgeHub> all, Decisive decisive, Context<?> context) {
        var namespace = hub.getMetadata().getNamespace();
        var named = decisive.named();
        var secret = decisive.secret();
        var issuer = named == null ? null : named.issuerRef();
        if (issuer == null) {
            order.withdraw(
                    namespace, all.stream().flatMap(h -> named(h).stream()).anyMatch(SiteAuthority::namesIssued));
        }
        if (named == null) {
            return List.of();
        }
        var findings = new ArrayList<Finding>();
        named(hub)
                .filter(own -> !own.equals(named))
                .ifPresent(own -> findings.add(new Finding(
                        null,
                        Reasons.CONFLICT,
                        said(own)
                                + " of spec.certificateAuthority is not used: an older EdgeHub of this namespace names "
                                + said(named) + ", and a namespace has one authority")));
        if (issuer != null) {
            order(all, issuer, namespace, secret, context).ifPresent(findings::add);
        } else if (secret == null) {
            findings.add(new Finding(
                    null,
                    Reasons.SECRET_NOT_FOUND,
                    "Secret '" + secret(named)
                            + "' of spec.certificateAuthority.secretRef does not exist in this namespace: create it"));
        }
        return findings;
    }

    private Optional<Finding> order(
            List<EdgeHub> all, IssuerRef issuer, String namespace, @Nullable Secret issued, Context<?> context) {
        var certificate = AuthorityCertificate.of(
                namespace,
                all,
                issuer,
                trust.authorityLife(),
                Optional.ofNullable(issued).flatMap(SiteAuthority::readable));
        return order.place(certificate, context)
                .map(why -> new Finding(
                        null,
                        Reasons.AUTHORITY_NOT_ISSUED,
                        issuer.kind() + " '" + issuer.name()
                                + "' of spec.certificateAuthority has signed no authority: " + why));
    }

    private static Optional<GivenAuthority> named(EdgeHub hub) {
        return Optional.ofNullable(hub.getSpec().certificateAuthority());
    }

    private static boolean namesIssued(GivenAuthority named) {
        return named.issuerRef() == null && secret(named).equals(Names.ISSUED_AUTHORITY);
    }

    private static String secret(GivenAuthority named) {
        return named.issuerRef() == null
                ? Objects.requireNonNull(named.secretRef()).name()
                : Names.ISSUED_AUTHORITY;
    }

    private static String said(GivenAuthority named) {
        var issuer = named.issuerRef();
        return issuer == null ? "Secret '" + secret(named) + "'" : issuer.kind() + " '" + issuer.name() + "'";
    }

    private static Optional<CertificateAuthority> readable(Secret secret) {
        try {
            return Optional.of(authority(secret));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static CertificateAuthority authority(Secret secret) {
        var name = secret.getMetadata().getName();
        try {
            var pair = SiteTrust.pair(secret)
                    .orElseThrow(() -> new IllegalArgumentException("it has no tls.crt and tls.key"));
            var root = Texts.text(secret, HubObjects.CA_CERTIFICATE).orElse("");
            return CertificateAuthority.given(new KeyAndCertificate(pair.certificate() + "\n" + root, pair.key()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Secret '" + name + "' of spec.certificateAuthority is no authority: " + e.getMessage(), e);
        }
    }
}
