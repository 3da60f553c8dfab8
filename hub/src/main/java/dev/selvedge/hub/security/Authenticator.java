package dev.selvedge.hub.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Cause;
import dev.selvedge.hub.security.AuthResult.Refused;
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

    /** Checks an MQTT CONNECT; {@code null} is what the client left out. SDKs' client ids are the identity; others may have any. */
    public AuthResult authenticate(String clientId, @Nullable String username, @Nullable String password) {
        if (username == null || password == null) {
            return refused("the client gave no user name or no token");
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
        return SasToken.isOne(password) ? authenticate(identity, password) : authenticateByKey(identity, password);
    }

    /** A client without an SDK may show its key instead of a token made with it; then nothing expires. */
    private AuthResult authenticateByKey(Identity identity, String key) {
        var generation = known(identity);
        if (generation.isEmpty()) {
            return refused("this hub knows no " + identity);
        }
        var expected = master.derive(identity, generation.get()).getBytes(StandardCharsets.US_ASCII);
        if (!MessageDigest.isEqual(expected, key.getBytes(StandardCharsets.UTF_8))) {
            return refused("the password is neither a token ('SharedAccessSignature …') nor the key of " + identity);
        }
        return new Accepted(identity, generation.get(), Instant.MAX, FOREVER);
    }

    /** The generation of an identity that may connect; the hub itself may not. */
    private Optional<String> known(Identity identity) {
        return Identity.EDGE_HUB.equals(identity.moduleId()) ? Optional.empty() : registry.generationId(identity);
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
        var generation = known(identity);
        if (generation.isEmpty()) {
            return refused("this hub knows no " + identity);
        }
        if (!sas.signedWith(master.derive(identity, generation.get())) && !signedByDevice(sas, identity)) {
            return refused("the token is signed with another key");
        }
        return new Accepted(identity, generation.get(), sas.expiry(), remaining);
    }

    private boolean signedByDevice(SasToken token, Identity identity) {
        if (identity.moduleId() == null) {
            return false;
        }
        var device = Identity.device(identity.deviceId());
        return registry.generationId(device)
                .map(generation -> token.signedWith(master.derive(device, generation)))
                .orElse(false);
    }

    private static Refused refused(String reason) {
        return new Refused(Cause.NOT_AUTHORIZED, reason);
    }
}
