package dev.selvedge.operator.pki;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/** A site whose clock the test moves: what is stored, the hub's certificate, and modules that read whom to trust when they started. */
final class SiteLife {
    static final Instant BEGIN = Instant.parse("2026-03-01T00:00:00Z");
    static final List<String> NAMES = List.of("edgehub--edge-1.site.svc", "edgehub--edge-1", "localhost");

    final SecureRandom random = new SecureRandom();
    final AuthorityRotation rotation;
    Authorities stored = Authorities.NONE;
    Instant now = BEGIN;
    KeyAndCertificate server;

    @Nullable
    CertificateAuthority given;

    SiteLife(Lifetimes lifetimes) {
        rotation = new AuthorityRotation("Selvedge site", lifetimes, random);
        server = pass();
    }

    /** A site with this authority and no other. */
    SiteLife(CertificateAuthority only) {
        rotation = new AuthorityRotation("Selvedge site", Lifetimes.DEFAULT, random);
        given = only;
        server = pass();
    }

    /** The same site later, with everything done that was due meanwhile, month by month. */
    SiteLife(SiteLife earlier, Instant until) {
        rotation = earlier.rotation;
        stored = earlier.stored;
        server = earlier.server;
        for (now = earlier.now; now.isBefore(until); now = now.plus(Duration.ofDays(30))) {
            pass();
        }
        now = until;
        pass();
    }

    /** One pass of the operator. */
    KeyAndCertificate pass() {
        stored = rotation.next(stored, given, now);
        server = issuer().server(Optional.ofNullable(server), NAMES);
        return server;
    }

    KeyAndCertificate at(Duration sinceBegin) {
        now = BEGIN.plus(sinceBegin);
        return pass();
    }

    Issuer issuer() {
        return new Issuer(stored, rotation.lifetimes(), now, random);
    }

    CertificateAuthority signer() {
        return stored.signer(now);
    }

    /** Whom somebody trusts who starts now. */
    CertificateAuthority[] reads() {
        return stored.trusted(now).toArray(CertificateAuthority[]::new);
    }

    boolean believed(CertificateAuthority... trusted) {
        return Chains.believed(server.certificate(), now, trusted);
    }
}
