package dev.selvedge.operator.apply;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import dev.selvedge.operator.pki.Authorities;
import dev.selvedge.operator.pki.AuthorityRotation;
import dev.selvedge.operator.pki.CertificateAuthority;
import dev.selvedge.operator.pki.Issuer;
import dev.selvedge.operator.pki.KeyAndCertificate;
import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.operator.render.HubObjects;
import dev.selvedge.operator.render.Names;
import dev.selvedge.operator.render.Proof;
import dev.selvedge.operator.render.Texts;
import io.fabric8.kubernetes.api.model.Secret;
import org.jspecify.annotations.Nullable;

/**
 * Finds or makes what trust in a namespace rests on: its authorities, the devices' master keys, and the certificates that are in Secrets already
 * or must be issued. Thread-safe.
 */
public final class SiteTrust {
    private final Applier applier;
    private final Lifetimes lifetimes;
    private final InstantSource clock;
    private final SecureRandom random;

    public SiteTrust(Applier applier, Lifetimes lifetimes, InstantSource clock, SecureRandom random) {
        this.applier = applier;
        this.lifetimes = lifetimes;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Takes the next step in the life of a namespace's authorities, if one is due. Of two operators that take it at once only one gets through.
     *
     * @param given the authority that the user named, or null for one that the operator makes
     */
    public void rotate(String namespace, @Nullable CertificateAuthority given) {
        var now = clock.instant();
        var rotation = new AuthorityRotation(Names.authority(namespace), lifetimes, random);
        var stored = applier.createOnce(
                namespace,
                Names.CA,
                () -> AuthoritySecret.of(namespace, rotation.next(Authorities.NONE, given, now), now));
        var next = rotation.next(AuthoritySecret.read(stored), given, now);
        applier.replace(stored, AuthoritySecret.of(namespace, next, now));
    }

    /** What the authorities of a namespace stand for now. Throws IllegalArgumentException, in words for the user, when they cannot be used. */
    public Issuer issuer(String namespace) {
        var secret = applier.find(namespace, Names.CA);
        if (secret == null) {
            throw new IllegalArgumentException("Secret " + Names.CA + " is gone: it is made anew");
        }
        return issuer(secret);
    }

    /** The certificate in a Secret of that name, if it is still good for a server of these names, or a new one. */
    public KeyAndCertificate server(String namespace, String secret, Issuer issuer, List<String> names) {
        return issuer.server(held(namespace, secret), names);
    }

    /** How long an authority is to live that is made from now on. */
    public Duration authorityLife() {
        return lifetimes.authority();
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
        var issuer = issuer(ca);
        var generation = credentials.generation();
        if (credentials.kind() == Kind.KEY) {
            var key = MasterKey.of(Texts.bytes(master, HubObjects.MASTER_KEY).orElse(new byte[0]));
            return Optional.of(new Proof(
                    identity, generation, issuer.roots(), issuer.anchor(), key.derive(identity, generation), null));
        }
        var certificate = issuer.client(held(namespace, secret), new CertificateName(identity, generation));
        return Optional.of(new Proof(identity, generation, issuer.roots(), issuer.anchor(), null, certificate));
    }

    private Issuer issuer(Secret ca) {
        return new Issuer(AuthoritySecret.read(ca), lifetimes, clock.instant(), random);
    }

    private Optional<KeyAndCertificate> held(String namespace, String name) {
        return Optional.ofNullable(applier.find(namespace, name)).flatMap(SiteTrust::pair);
    }

    /** The certificate and the key in a Secret of type {@code kubernetes.io/tls}; empty when one of them is missing. */
    public static Optional<KeyAndCertificate> pair(Secret secret) {
        return Texts.text(secret, HubObjects.TLS_CERTIFICATE)
                .flatMap(certificate ->
                        Texts.text(secret, HubObjects.TLS_KEY).map(key -> new KeyAndCertificate(certificate, key)));
    }
}
