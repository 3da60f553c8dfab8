package dev.selvedge.hub.security;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Cause;
import dev.selvedge.hub.security.AuthResult.Refused;
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
    private final Map<Identity, String> generations = new HashMap<>(Map.of(FILTER, "1"));
    private final Authenticator authenticator = new Authenticator(
            master, identity -> Optional.ofNullable(generations.get(identity)), Set.of(HOST), InstantSource.fixed(NOW));

    @Test
    void acceptsTheModulesOwnToken() {
        var result = authenticator.authenticate("edge-1/filter", USERNAME, token(FILTER, NOW.plusSeconds(3600)));

        assertThat(result).isEqualTo(new Accepted(FILTER, "1", NOW.plusSeconds(3600), Duration.ofMinutes(65)));
    }

    @Test
    void toleratesFiveMinutesOfSkewAndNoSecondMore() {
        var within = authenticator.authenticate("edge-1/filter", USERNAME, token(FILTER, NOW.minusSeconds(300)));
        var beyond = authenticator.authenticate("edge-1/filter", USERNAME, token(FILTER, NOW.minusSeconds(301)));

        assertThat(within).isInstanceOf(Accepted.class);
        assertRefused(beyond, "expired");
    }

    @Test
    void comparesHostAndIdsOfTheAudienceWithoutCase() {
        var token = Tokens.token(
                HOST.toUpperCase(Locale.ROOT) + "/devices/EDGE-1/modules/Filter",
                key(FILTER),
                seconds(NOW.plusSeconds(60)));

        assertThat(authenticator.authenticate("edge-1/filter", USERNAME, token)).isInstanceOf(Accepted.class);
    }

    @Test
    void decodesTheIdsOfTheAudienceASecondTime() {
        var odd = Identity.module("edge-1", "a:b");
        generations.put(odd, "1");
        var twice = HOST + "/devices/edge-1/modules/" + URLEncoder.encode("a:b", StandardCharsets.UTF_8);

        var result = authenticator.authenticate(odd, Tokens.token(twice, key(odd), seconds(NOW.plusSeconds(60))));

        assertThat(result).isInstanceOf(Accepted.class);
    }

    @Test
    void acceptsAModuleOfADeviceThatSignsWithItsOwnKeyOnlyWhenTheDeviceIsKnown() {
        var device = Identity.device("edge-1");
        var token = Tokens.token(HOST, device, master.derive(device, "1"), NOW.plusSeconds(60));

        assertRefused(authenticator.authenticate(FILTER, token), "another key");
        generations.put(device, "1");
        assertThat(authenticator.authenticate(FILTER, token)).isInstanceOf(Accepted.class);
    }

    @Test
    void aClientWithoutAnSdkShowsItsKey() {
        assertThat(authenticator.authenticate("edge-1/filter", "edge-1/filter", key(FILTER)))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> assertThat(accepted.remaining()).isGreaterThan(Duration.ofDays(365)));
        assertThat(authenticator.authenticate("edge-1/filter", "edge-1/filter", token(FILTER, NOW.plusSeconds(60))))
                .isInstanceOf(Accepted.class);

        var other = Identity.module("edge-1", "other");
        assertRefused(authenticator.authenticate("edge-1/filter", "edge-1/filter", key(other)), "nor the key of");
        assertRefused(authenticator.authenticate("edge-1/other", "edge-1/other", key(other)), "knows no edge-1/other");
        assertRefused(authenticator.authenticate("edge-1/filter", "edge-1/filter", ""), "nor the key of");
        generations.put(FILTER, "2");
        assertRefused(
                authenticator.authenticate("edge-1/filter", "edge-1/filter", master.derive(FILTER, "1")),
                "nor the key of");
    }

    @Test
    void theHubsOwnKeyOpensNothing() {
        var hub = Identity.hub("edge-1");
        generations.put(hub, "1");

        assertRefused(authenticator.authenticate(hub.path(), hub.path(), key(hub)), "knows no");
    }

    @Test
    void refusesAnotherModulesToken() {
        var other = Identity.module("edge-1", "other");
        generations.put(other, "1");

        assertRefused(
                authenticator.authenticate("edge-1/filter", USERNAME, token(other, NOW.plusSeconds(60))),
                "not edge-1/filter");
    }

    @Test
    void refusesAForeignDevice() {
        var foreign = Identity.module("edge-2", "filter");
        var result = authenticator.authenticate(
                "edge-2/filter", HOST + "/edge-2/filter/?api-version=1", token(foreign, NOW.plusSeconds(60)));

        assertRefused(result, "knows no edge-2/filter");
    }

    @Test
    void refusesTheKeyOfAnEarlierGeneration() {
        generations.put(FILTER, "2");

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
        generations.put(hub, "1");

        assertRefused(authenticator.authenticate(hub, token(hub, NOW.plusSeconds(60))), "knows no");
    }

    @Test
    void refusesAClientIdThatIsNotTheIdentity() {
        var token = token(FILTER, NOW.plusSeconds(60));

        assertRefused(authenticator.authenticate("edge-1/Filter", USERNAME, token), "client id");
        assertRefused(authenticator.authenticate("", USERNAME, token), "client id");
    }

    @Test
    void letsAClientWithoutAnSdkHaveAnyClientId() {
        var token = token(FILTER, NOW.plusSeconds(60));

        assertThat(authenticator.authenticate("", "edge-1/filter", token)).isInstanceOf(Accepted.class);
        assertThat(authenticator.authenticate("mosq-1", "edge-1/filter", token)).isInstanceOf(Accepted.class);
        assertRefused(authenticator.authenticate("edge-1/filter", "edge-1/other", token), "not edge-1/other");
    }

    @Test
    void refusesWhatIsMissing() {
        assertRefused(authenticator.authenticate("edge-1/filter", null, "x"), "no user name");
        assertRefused(authenticator.authenticate("edge-1/filter", USERNAME, null), "no token");
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
            assertThat(authenticator.authenticate("edge-1/filter", username, "x"))
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
        assertThat(authenticator.authenticate(clientId, username, password)).isInstanceOf(Refused.class);
        assertThat(authenticator.authenticate(FILTER, "SharedAccessSignature " + password))
                .isInstanceOf(Refused.class);
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
        assertThat(result)
                .asInstanceOf(type(Refused.class))
                .returns(Cause.NOT_AUTHORIZED, Refused::cause)
                .extracting(Refused::reason)
                .asString()
                .contains(reason);
    }
}
