package dev.selvedge.operator.reconciler.hub;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.Reasons;
import dev.selvedge.identity.MasterKey;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.apply.SiteTrust;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.HubInstance;
import io.fabric8.kubernetes.api.model.Secret;

/** Finds or makes what is secret about hubs: the authorities of their site, their certificates, and the devices' master keys. */
public final class HubMaterial {
    private static final int MASTER_KEY_BYTES = 32;

    private final Applier applier;
    private final SiteTrust trust;
    private final SecureRandom random;

    public HubMaterial(Applier applier, SiteTrust trust, SecureRandom random) {
        this.applier = applier;
        this.trust = trust;
        this.random = random;
    }

    /**
     * Takes the next step in the life of the site's authorities, and says what keeps it from that. Of several EdgeHubs that name one the oldest
     * decides. Throws IllegalArgumentException, in words for the user, when what is named cannot sign.
     */
    List<Finding> authority(EdgeHub hub, List<EdgeHub> all) {
        var namespace = hub.getMetadata().getNamespace();
        var name = all.stream()
                .sorted(Comparator.comparing((EdgeHub h) -> h.getMetadata().getCreationTimestamp())
                        .thenComparing(h -> h.getMetadata().getName()))
                .flatMap(h -> named(h).stream())
                .findFirst()
                .orElse(null);
        if (name == null) {
            trust.rotate(namespace, null);
            return List.of();
        }
        var findings = new ArrayList<Finding>();
        named(hub)
                .filter(own -> !own.equals(name))
                .ifPresent(own -> findings.add(new Finding(
                        null,
                        Reasons.CONFLICT,
                        "Secret '" + own
                                + "' of spec.certificateAuthority is not used: an older EdgeHub of this namespace names '"
                                + name + "', and a namespace has one authority")));
        var secret = applier.find(namespace, name);
        if (secret == null) {
            findings.add(new Finding(
                    null,
                    Reasons.SECRET_NOT_FOUND,
                    "Secret '" + name
                            + "' of spec.certificateAuthority.secretRef does not exist in this namespace: create it"));
        } else {
            trust.rotate(namespace, given(secret));
        }
        return findings;
    }

    /** Whether the site has an authority; until then its hubs cannot run. */
    boolean canSign(EdgeHub hub) {
        return applier.find(hub.getMetadata().getNamespace(), Names.CA) != null;
    }

    private static Optional<String> named(EdgeHub hub) {
        return Optional.ofNullable(hub.getSpec().certificateAuthority())
                .map(authority -> authority.secretRef().name());
    }

    private static CertificateAuthority given(Secret secret) {
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

    /** Throws IllegalArgumentException, in words for the user, when a Secret that is there cannot be used; it is never replaced. */
    HubObjects.Material of(HubInstance hub) {
        var namespace = hub.hub().getMetadata().getNamespace();
        var issuer = trust.issuer(namespace);
        var certificate =
                trust.server(namespace, Names.tls(hub.node().name()), issuer, HubObjects.certificateNames(hub));
        return new HubObjects.Material(
                issuer.ofClients(), certificate.certificate(), certificate.key(), identityHash(hub, namespace));
    }

    private String identityHash(HubInstance hub, String namespace) {
        var name = Names.identity(hub.node().name());
        var secret = applier.createOnce(namespace, name, () -> {
            var key = new byte[MASTER_KEY_BYTES];
            random.nextBytes(key);
            return HubObjects.identity(hub, key);
        });
        var key = Texts.bytes(secret, HubObjects.MASTER_KEY).orElse(new byte[0]);
        MasterKey.of(key);
        return Names.hash(HexFormat.of().formatHex(key), 16);
    }
}
