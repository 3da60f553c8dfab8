package dev.selvedge.operator.reconciler.hub;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.identity.MasterKey;
import dev.selvedge.operator.apply.Applier;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Texts;
import dev.selvedge.plan.HubInstance;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;

/** Finds or makes what is secret about a hub: the namespace's authority, the hub's certificate, the device's master key. */
public final class HubMaterial {
    private static final String CA_CERTIFICATE = "ca.crt";
    private static final String CA_KEY = "ca.key";
    private static final int MASTER_KEY_BYTES = 32;

    private final Applier applier;
    private final InstantSource clock;
    private final SecureRandom random;

    public HubMaterial(Applier applier, InstantSource clock, SecureRandom random) {
        this.applier = applier;
        this.clock = clock;
        this.random = random;
    }

    /** Throws IllegalArgumentException, in words for the user, when a Secret that is there cannot be used; it is never replaced. */
    HubObjects.Material of(HubInstance hub) {
        var namespace = hub.hub().getMetadata().getNamespace();
        var authority = authority(namespace);
        var certificate = certificate(hub, namespace, authority);
        return new HubObjects.Material(
                authority.pem().certificate(),
                certificate.certificate(),
                certificate.key(),
                identityHash(hub, namespace));
    }

    private CertificateAuthority authority(String namespace) {
        var secret = applier.createOnce(namespace, Names.CA, () -> newAuthority(namespace));
        return CertificateAuthority.parse(
                new KeyAndCertificate(required(secret, CA_CERTIFICATE), required(secret, CA_KEY)), clock, random);
    }

    private Secret newAuthority(String namespace) {
        var made = CertificateAuthority.create("Selvedge " + namespace, clock, random)
                .pem();
        return new SecretBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName(Names.CA)
                        .withNamespace(namespace)
                        .withLabels(Labels.site())
                        .build())
                .withType("Opaque")
                .withData(Map.of(CA_CERTIFICATE, Texts.base64(made.certificate()), CA_KEY, Texts.base64(made.key())))
                .build();
    }

    private KeyAndCertificate certificate(HubInstance hub, String namespace, CertificateAuthority authority) {
        var names = HubObjects.certificateNames(hub);
        return Optional.ofNullable(applier.find(namespace, Names.tls(hub.node().name())))
                .flatMap(HubMaterial::held)
                .filter(held -> authority.stillGood(held, names))
                .orElseGet(() -> authority.issue(names));
    }

    private static Optional<KeyAndCertificate> held(Secret secret) {
        return Texts.text(secret, "tls.crt")
                .flatMap(certificate ->
                        Texts.text(secret, "tls.key").map(key -> new KeyAndCertificate(certificate, key)));
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

    private static String required(Secret secret, String key) {
        return Texts.text(secret, key)
                .orElseThrow(() -> new IllegalArgumentException(
                        "Secret " + secret.getMetadata().getName() + " has no '" + key
                                + "': restore it, or delete the Secret to have a new one made"));
    }
}
