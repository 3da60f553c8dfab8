package dev.selvedge.hub.security;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Cause;
import dev.selvedge.hub.security.AuthResult.Refused;
import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Credentials.Kind;
import dev.selvedge.identity.Identity;
import dev.selvedge.identity.MasterKey;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

class AuthenticatorTest {
    private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
    private static final String HOST = "edge-1.site";
    private static final Identity FILTER = Identity.module("edge-1", "filter");
    private static final String USERNAME = HOST + "/edge-1/filter/?api-version=2021-04-12&DeviceClientType=node%2F1.18";

    private final MasterKey master = MasterKey.of(new byte[32]);
    private final Map<Identity, Credentials> known = new HashMap<>(Map.of(FILTER, Credentials.DEFAULT));
    private final Authenticator authenticator = new Authenticator(
            master, identity -> Optional.ofNullable(known.get(identity)), Set.of(HOST), InstantSource.fixed(NOW));

    @Test
    void acceptsTheModulesOwnToken() {
        var result = connect("edge-1/filter", USERNAME, token(FILTER, NOW.plusSeconds(3600)));

        assertThat(result)
                .isEqualTo(new Accepted(FILTER, Kind.KEY, "1", NOW.plusSeconds(3600), Duration.ofMinutes(65)));
    }

    @Test
    void toleratesFiveMinutesOfSkewAndNoSecondMore() {
        var within = connect("edge-1/filter", USERNAME, token(FILTER, NOW.minusSeconds(300)));
        var beyond = connect("edge-1/filter", USERNAME, token(FILTER, NOW.minusSeconds(301)));

        assertThat(within).isInstanceOf(Accepted.class);
        assertRefused(beyond, "expired");
    }

    @Test
    void comparesHostAndIdsOfTheAudienceWithoutCase() {
        var token = Tokens.token(
                HOST.toUpperCase(Locale.ROOT) + "/devices/EDGE-1/modules/Filter",
                key(FILTER),
                seconds(NOW.plusSeconds(60)));

        assertThat(connect("edge-1/filter", USERNAME, token)).isInstanceOf(Accepted.class);
    }

    @Test
    void decodesTheIdsOfTheAudienceASecondTime() {
        var odd = Identity.module("edge-1", "a:b");
        known.put(odd, Credentials.ofKey("1"));
        var twice = HOST + "/devices/edge-1/modules/" + URLEncoder.encode("a:b", StandardCharsets.UTF_8);

        var result = authenticator.authenticate(odd, Tokens.token(twice, key(odd), seconds(NOW.plusSeconds(60))));

        assertThat(result).isInstanceOf(Accepted.class);
    }

    @Test
    void acceptsAModuleOfADeviceThatSignsWithItsOwnKeyOnlyWhenTheDeviceIsKnown() {
        var device = Identity.device("edge-1");
        var token = Tokens.token(HOST, device, master.derive(device, "1"), NOW.plusSeconds(60));

        assertRefused(authenticator.authenticate(FILTER, token), "another key");
        known.put(device, Credentials.ofKey("1"));
        assertThat(authenticator.authenticate(FILTER, token)).isInstanceOf(Accepted.class);
    }

    @Test
    void aClientWithoutAnSdkShowsItsKey() {
        assertThat(connect("edge-1/filter", "edge-1/filter", key(FILTER)))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.remaining()).isGreaterThan(Duration.ofDays(365)));
        assertThat(connect("edge-1/filter", "edge-1/filter", token(FILTER, NOW.plusSeconds(60))))
                .isInstanceOf(Accepted.class);

        var other = Identity.module("edge-1", "other");
        assertRefused(connect("edge-1/filter", "edge-1/filter", key(other)), "nor the key of");
        assertUnknown(connect("edge-1/other", "edge-1/other", key(other)), "edge-1/other");
        assertRefused(connect("edge-1/filter", "edge-1/filter", ""), "no token");
        known.put(FILTER, Credentials.ofKey("2"));
        assertRefused(connect("edge-1/filter", "edge-1/filter", master.derive(FILTER, "1")), "nor the key of");
    }

    @Test
    void theHubsOwnKeyOpensNothing() {
        var hub = Identity.hub("edge-1");
        known.put(hub, Credentials.ofKey("1"));

        assertRefused(connect(hub.path(), hub.path(), key(hub)), "this hub's own");
    }

    @Test
    void refusesAnotherModulesToken() {
        var other = Identity.module("edge-1", "other");
        known.put(other, Credentials.ofKey("1"));

        assertRefused(connect("edge-1/filter", USERNAME, token(other, NOW.plusSeconds(60))), "not edge-1/filter");
    }

    @Test
    void refusesAForeignDevice() {
        var foreign = Identity.module("edge-2", "filter");
        var result =
                connect("edge-2/filter", HOST + "/edge-2/filter/?api-version=1", token(foreign, NOW.plusSeconds(60)));

        assertUnknown(result, "edge-2/filter");
    }

    @Test
    void refusesTheKeyOfAnEarlierGeneration() {
        known.put(FILTER, Credentials.ofKey("2"));

        assertRefused(authenticator.authenticate(FILTER, token(FILTER, NOW.plusSeconds(60))), "another key");
    }

    @Test
    void refusesATokenForAnotherHost() {
        var token = Tokens.token("elsewhere", FILTER, key(FILTER), NOW.plusSeconds(60));

        assertRefused(authenticator.authenticate(FILTER, token), "elsewhere");
    }

    @Test
    void refusesAnybodyWhoSaysItIsTheHub() {
        var hub = Identity.hub("edge-1");
        known.put(hub, Credentials.ofKey("1"));

        assertRefused(authenticator.authenticate(hub, token(hub, NOW.plusSeconds(60))), "this hub's own");
    }

    @Test
    void refusesAClientIdThatIsNotTheIdentity() {
        var token = token(FILTER, NOW.plusSeconds(60));

        assertRefused(connect("edge-1/Filter", USERNAME, token), "client id");
        assertRefused(connect("", USERNAME, token), "client id");
    }

    @Test
    void letsAClientWithoutAnSdkHaveAnyClientId() {
        var token = token(FILTER, NOW.plusSeconds(60));

        assertThat(connect("", "edge-1/filter", token)).isInstanceOf(Accepted.class);
        assertThat(connect("mosq-1", "edge-1/filter", token)).isInstanceOf(Accepted.class);
        assertRefused(connect("edge-1/filter", "edge-1/other", token), "not edge-1/other");
    }

    @Test
    void refusesWhatIsMissing() {
        assertRefused(connect("edge-1/filter", null, "x"), "no user name");
        assertRefused(connect("edge-1/filter", USERNAME, null), "no token and showed no certificate");
    }

    @Test
    void callsAUserNameMalformedThatCannotBeRead() {
        for (var username : new String[] {
            "",
            "a b",
            "h/d/",
            "h/d/m/x/?api-version=1",
            "h/edge-1/filter/?",
            "h/edge-1/filter/?api-version=",
            "h/e d/f/?api-version=1",
            "h/edge-1/filter/?api-version=%zz"
        }) {
            assertThat(connect("edge-1/filter", username, "x"))
                    .asInstanceOf(type(Refused.class))
                    .as(username)
                    .returns(Cause.MALFORMED, Refused::cause);
        }
    }

    @Test
    void changedBytesOfASignatureAreRefused() {
        var token = token(FILTER, NOW.plusSeconds(60));
        var changed = token.replace("&se=", "&se=1");

        assertRefused(authenticator.authenticate(FILTER, changed), "another key");
    }

    @Property
    void neverThrowsAndNeverAcceptsNoise(@ForAll String clientId, @ForAll String username, @ForAll String password) {
        assertThat(connect(clientId, username, password)).isInstanceOf(Refused.class);
        assertThat(authenticator.authenticate(FILTER, "SharedAccessSignature " + password))
                .isInstanceOf(Refused.class);
    }

    @Test
    void takesTheKeysOfBothGenerations() {
        known.put(FILTER, new Credentials(Kind.KEY, List.of("2", "1"), true));

        for (var generation : List.of("1", "2")) {
            var token = Tokens.token(HOST, FILTER, master.derive(FILTER, generation), NOW.plusSeconds(60));
            var accepted = (Accepted) authenticator.authenticate(FILTER, token);

            assertThat(accepted.generationId()).isEqualTo(generation);
            assertThat(authenticator.stillGood(accepted)).isTrue();
        }
        var old = (Accepted) connect("x", "edge-1/filter", master.derive(FILTER, "1"));
        known.put(FILTER, Credentials.ofKey("2"));
        assertThat(authenticator.stillGood(old)).isFalse();
    }

    @Test
    void refusesWhoIsDisabled() {
        known.put(FILTER, new Credentials(Kind.KEY, List.of("1"), false));

        assertRefused(authenticator.authenticate(FILTER, token(FILTER, NOW.plusSeconds(60))), "is disabled");
        assertRefused(connect("x", "edge-1/filter", key(FILTER)), "is disabled");
    }

    @Test
    void whoIsNotKnownYetIsToldSoWhateverItShows() {
        known.remove(FILTER);
        known.put(Identity.device("edge-1"), Credentials.ofKey("1"));

        assertUnknown(authenticator.authenticate(FILTER, token(FILTER, NOW.plusSeconds(60))), "edge-1/filter");
        assertUnknown(
                authenticator.authenticate(FILTER, Tokens.token(HOST, FILTER, key(Identity.device("edge-1")), NOW)),
                "edge-1/filter");
        assertUnknown(
                authenticator.authenticate(
                        FILTER, new ClientCertificate(new CertificateName(FILTER, "1"), NOW.plusSeconds(3600))),
                "edge-1/filter");
    }

    @Test
    void takesACertificateOfWhoShowsOne() {
        var certificate = new ClientCertificate(new CertificateName(FILTER, "1"), NOW.plusSeconds(3600));
        assertRefused(authenticator.authenticate(FILTER, certificate), "shows a key");

        known.put(FILTER, new Credentials(Kind.CERTIFICATE, List.of("1"), true));

        assertThat(authenticator.authenticate("edge-1/filter", USERNAME, null, Optional.of(certificate)))
                .isEqualTo(new Accepted(FILTER, Kind.CERTIFICATE, "1", NOW.plusSeconds(3600), Duration.ofMinutes(65)));
        assertRefused(authenticator.authenticate(FILTER, token(FILTER, NOW.plusSeconds(60))), "shows a certificate");
        assertRefused(
                authenticator.authenticate(Identity.module("edge-1", "other"), certificate), "not edge-1/other's");
        var old = new ClientCertificate(new CertificateName(FILTER, "0"), NOW.plusSeconds(3600));
        assertRefused(authenticator.authenticate(FILTER, old), "generation '0'");
        var expired = new ClientCertificate(new CertificateName(FILTER, "1"), NOW.minusSeconds(301));
        assertRefused(authenticator.authenticate(FILTER, expired), "expired");
    }

    private AuthResult connect(String clientId, String username, String password) {
        return authenticator.authenticate(clientId, username, password, Optional.empty());
    }

    private String token(Identity identity, Instant expiry) {
        return Tokens.token(HOST, identity, key(identity), expiry);
    }

    private String key(Identity identity) {
        return master.derive(identity, "1");
    }

    private static String seconds(Instant instant) {
        return Long.toString(instant.getEpochSecond());
    }

    private static void assertRefused(AuthResult result, String reason) {
        assertRefused(result, Cause.NOT_AUTHORIZED, reason);
    }

    private static void assertUnknown(AuthResult result, String identity) {
        assertRefused(result, Cause.UNKNOWN, "knows no " + identity);
    }

    private static void assertRefused(AuthResult result, Cause cause, String reason) {
        assertThat(result)
                .asInstanceOf(type(Refused.class))
                .returns(cause, Refused::cause)
                .extracting(Refused::reason)
                .asString()
                .contains(reason);
    }
}
