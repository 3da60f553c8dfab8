package dev.selvedge.hub.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Cause;
import dev.selvedge.hub.security.AuthResult.Refused;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import org.jspecify.annotations.Nullable;

/**
 * Decides who a client is. Needs no network: keys follow from the master key and the generation of each identity. Whatever is missing, unknown,
 * foreign or expired is refused. Any thread.
 */
public final class Authenticator {
    /** How far clocks may differ: a token is good for so long after its expiry (edgeHub's allowance). */
    public static final Duration SKEW = Duration.ofMinutes(5);

    /** As good as: a timer must be able to count it. */
    private static final Duration FOREVER = Duration.ofDays(3650);

    private final MasterKey master;
    private final IdentityRegistry registry;
    private final Set<String> hosts;
    private final InstantSource clock;

    /** @param hosts names of this hub that a token may be made for: the gateway name, and the IoT Hub name if there is another */
    public Authenticator(MasterKey master, IdentityRegistry registry, Set<String> hosts, InstantSource clock) {
        this.master = master;
        this.registry = registry;
        this.hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        this.clock = clock;
    }

    /**
     * Checks an MQTT CONNECT; {@code null} is what the client left out. SDKs' client ids are the identity; others may have any.
     *
     * @param certificate what the client showed in its TLS handshake, if anything
     */
    public AuthResult authenticate(
            String clientId,
            @Nullable String username,
            @Nullable String password,
            Optional<ClientCertificate> certificate) {
        if (username == null) {
            return refused("the client gave no user name");
        }
        MqttUsername user;
        try {
            user = MqttUsername.parse(username);
        } catch (IllegalArgumentException e) {
            return new Refused(Cause.MALFORMED, String.valueOf(e.getMessage()));
        }
        var identity = user.identity();
        if (!user.isPlain() && !clientId.equals(identity.path())) {
            return refused("the client id is not '" + identity + "', as the user name says");
        }
        if (password == null || password.isEmpty()) {
            return certificate
                    .map(shown -> authenticate(identity, shown))
                    .orElseGet(() -> refused("the client gave no token and showed no certificate"));
        }
        return SasToken.isOne(password) ? authenticate(identity, password) : authenticateByKey(identity, password);
    }

    /** Checks the certificate of a client that says it is this identity. */
    public AuthResult authenticate(Identity identity, ClientCertificate certificate) {
        var name = certificate.name();
        if (!name.identity().equals(identity)) {
            return refused("the certificate is " + name.identity() + "'s, not " + identity + "'s");
        }
        var remaining = Duration.between(clock.instant(), certificate.expiry().plus(SKEW));
        if (remaining.isNegative()) {
            return refused("the certificate expired at " + certificate.expiry());
        }
        return admitted(identity, Kind.CERTIFICATE)
                .filter(credentials -> credentials.admits(Kind.CERTIFICATE, name.generation()))
                .<AuthResult>map(_ ->
                        new Accepted(identity, Kind.CERTIFICATE, name.generation(), certificate.expiry(), remaining))
                .orElseGet(() -> why(
                        identity,
                        Kind.CERTIFICATE,
                        "the certificate is of generation '" + name.generation() + "', which is not in force"));
    }

    /** A client without an SDK may show its key instead of a token made with it; then nothing expires. */
    private AuthResult authenticateByKey(Identity identity, String key) {
        var shown = key.getBytes(StandardCharsets.UTF_8);
        return generation(
                        identity,
                        expected -> MessageDigest.isEqual(expected.getBytes(StandardCharsets.US_ASCII), shown))
                .<AuthResult>map(generation -> new Accepted(identity, Kind.KEY, generation, Instant.MAX, FOREVER))
                .orElseGet(() -> why(
                        identity,
                        Kind.KEY,
                        "the password is neither a token ('SharedAccessSignature …') nor the key of " + identity));
    }

    /** Checks the token of a client that says it is this identity. */
    public AuthResult authenticate(Identity identity, String token) {
        SasToken sas;
        try {
            sas = SasToken.parse(token);
        } catch (TokenException e) {
            return refused(String.valueOf(e.getMessage()));
        }
        var audience = sas.audience();
        if (!hosts.contains(audience.host().toLowerCase(Locale.ROOT))) {
            return refused("the token is for the host '" + audience.host() + "', this hub is " + hosts);
        }
        if (!audience.covers(identity)) {
            return refused("the token is for " + audience.deviceId() + "/" + audience.moduleId() + ", not " + identity);
        }
        var remaining = Duration.between(clock.instant(), sas.expiry().plus(SKEW));
        if (remaining.isNegative()) {
            return refused("the token expired at " + sas.expiry());
        }
        return generation(identity, sas::signedWith)
                .or(() -> signedByDevice(sas, identity))
                .<AuthResult>map(generation -> new Accepted(identity, Kind.KEY, generation, sas.expiry(), remaining))
                .orElseGet(() -> why(identity, Kind.KEY, "the token is signed with another key"));
    }

    /** Whether who was let in would be let in again now, but for the time. */
    public boolean stillGood(Accepted accepted) {
        return registry.credentials(accepted.identity())
                .filter(credentials -> credentials.admits(accepted.shown(), accepted.generationId()))
                .isPresent();
    }

    /** The generation whose key passes the test, of an identity that shows keys. */
    private Optional<String> generation(Identity identity, Predicate<String> test) {
        return admitted(identity, Kind.KEY).stream()
                .flatMap(credentials -> credentials.generations().stream())
                .filter(generation -> test.test(master.derive(identity, generation)))
                .findFirst();
    }

    /** A device's key signs for its modules; what they show counts as made for their own generation. */
    private Optional<String> signedByDevice(SasToken token, Identity identity) {
        return identity.moduleId() == null
                ? Optional.empty()
                : generation(Identity.device(identity.deviceId()), token::signedWith)
                        .flatMap(_ -> admitted(identity, Kind.KEY))
                        .map(Credentials::generation);
    }

    /** The credentials of an identity that may connect with this; the hub itself may not. */
    private Optional<Credentials> admitted(Identity identity, Kind shown) {
        return Identity.EDGE_HUB.equals(identity.moduleId())
                ? Optional.empty()
                : registry.credentials(identity)
                        .filter(Credentials::enabled)
                        .filter(credentials -> credentials.kind() == shown);
    }

    private Refused why(Identity identity, Kind shown, String otherwise) {
        if (Identity.EDGE_HUB.equals(identity.moduleId())) {
            return refused(identity + " is this hub's own and lets nobody in");
        }
        var known = registry.credentials(identity);
        if (known.isEmpty()) {
            return new Refused(Cause.UNKNOWN, "this hub knows no " + identity);
        }
        if (!known.get().enabled()) {
            return refused(identity + " is disabled (spec.authentication.state)");
        }
        if (known.get().kind() != shown) {
            return refused(identity + " shows "
                    + (known.get().kind() == Kind.KEY ? "a key" : "a certificate")
                    + " (spec.authentication.type)");
        }
        return refused(otherwise);
    }

    private static Refused refused(String reason) {
        return new Refused(Cause.NOT_AUTHORIZED, reason);
    }
}
