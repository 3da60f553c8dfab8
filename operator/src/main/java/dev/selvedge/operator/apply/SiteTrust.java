package dev.selvedge.operator.apply;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Labels;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Proof;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;

/**
 * Finds or makes what trust in a namespace rests on: its authority, the devices' master keys, and the certificates that are in Secrets already
 * or must be issued. What is made once is never replaced. Thread-safe.
 */
public final class SiteTrust {
    private static final String CA_CERTIFICATE = "ca.crt";
    private static final String CA_KEY = "ca.key";

    private final Applier applier;
    private final InstantSource clock;
    private final SecureRandom random;

    public SiteTrust(Applier applier, InstantSource clock, SecureRandom random) {
        this.applier = applier;
        this.clock = clock;
        this.random = random;
    }

    /** The authority of a namespace. Throws IllegalArgumentException, in words for the user, when its Secret cannot be used. */
    public CertificateAuthority authority(String namespace) {
        return parse(applier.createOnce(namespace, Names.CA, () -> newAuthority(namespace)));
    }

    /** The certificate in a Secret of that name, if it is still good for a server of these names, or a new one. */
    public KeyAndCertificate server(
            String namespace, String secret, CertificateAuthority authority, List<String> names) {
        return held(namespace, secret)
                .filter(held -> authority.stillGood(held, names))
                .orElseGet(() -> authority.issue(names));
    }

    /**
     * With what an identity proves itself to the hub of a node; empty while that hub's Secrets are not there yet.
     *
     * @param secret name of the Secret that holds the identity's certificate, if it has one already
     */
    public Optional<Proof> proof(
            String namespace, String node, String secret, Identity identity, Credentials credentials) {
        var ca = applier.find(namespace, Names.CA);
        var master = applier.find(namespace, Names.identity(node));
        if (ca == null || master == null) {
            return Optional.empty();
        }
        var authority = parse(ca);
        var generation = credentials.generation();
        if (credentials.kind() == Kind.KEY) {
            var key = MasterKey.of(Texts.bytes(master, HubObjects.MASTER_KEY).orElse(new byte[0]));
            return Optional.of(new Proof(
                    identity, generation, authority.pem().certificate(), key.derive(identity, generation), null));
        }
        var holder = new CertificateName(identity, generation);
        var certificate = held(namespace, secret)
                .filter(held -> authority.stillGood(held, holder))
                .orElseGet(() -> authority.issue(holder));
        return Optional.of(new Proof(identity, generation, authority.pem().certificate(), null, certificate));
    }

    private Optional<KeyAndCertificate> held(String namespace, String name) {
        return Optional.ofNullable(applier.find(namespace, name))
                .flatMap(secret -> Texts.text(secret, "tls.crt")
                        .flatMap(certificate ->
                                Texts.text(secret, "tls.key").map(key -> new KeyAndCertificate(certificate, key))));
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

    private CertificateAuthority parse(Secret secret) {
        return CertificateAuthority.parse(
                new KeyAndCertificate(required(secret, CA_CERTIFICATE), required(secret, CA_KEY)), clock, random);
    }

    private static String required(Secret secret, String key) {
        return Texts.text(secret, key)
                .orElseThrow(() -> new IllegalArgumentException(
                        "Secret " + secret.getMetadata().getName() + " has no '" + key
                                + "': restore it, or delete the Secret to have a new one made"));
    }
}
