package dev.selvedge.identity;

import java.nio.charset.StandardCharsets;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class IdentityTest {
    private static final MasterKey MASTER =
            MasterKey.of("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));

    /** Known answers computed with openssl dgst -sha256 -hmac. */
    @Test
    void derivesKeys() {
        assertThat(MASTER.derive(Identity.module("edge-1", "sensor"), Credentials.FIRST_GENERATION))
                .isEqualTo("3+5ML9/5VJir29s5oRamEoiZmDBjfXsv38tR1N2wOBo=");
        assertThat(MASTER.derive(Identity.device("leaf"), "2"))
                .isEqualTo("bcQMemcdMGUOE9xNeM1eLzGzaeiI0tceDhamIOuchYU=");
    }

    @Test
    void refusesAShortMasterKey() {
        assertThatIllegalArgumentException().isThrownBy(() -> MasterKey.of(new byte[31]));
    }

    @Test
    void hidesKeysInText() {
        var connection = new ConnectionString("gateway", Identity.module("edge-1", "sensor"), "c2VjcmV0");
        assertThat(connection.toString()).doesNotContain("c2VjcmV0");
        assertThat(MASTER.toString()).isEqualTo("MasterKey[hidden]");
    }

    /** The Java SDK refuses a HostName without a dot. */
    @Test
    void writesConnectionStringsThatEverySdkReads() {
        var sensor = Identity.module("edge-1", "sensor");
        assertThat(new ConnectionString("localhost", sensor, "a2V5").text())
                .isEqualTo("HostName=localhost.selvedge;DeviceId=edge-1;ModuleId=sensor;SharedAccessKey=a2V5;"
                        + "GatewayHostName=localhost");
        assertThat(new ConnectionString("hub.site.svc", Identity.device("leaf"), "a2V5").text())
                .isEqualTo("HostName=hub.site.svc;DeviceId=leaf;SharedAccessKey=a2V5;GatewayHostName=hub.site.svc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge-1", "edge-1/sensor", "e/$edgeHub", "A.b:c_d-e/_m"})
    void readsItsPathBack(String path) {
        assertThat(Identity.parse(path)).map(Identity::path).hasValue(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "a/", "/m", "a/b/c", "a b", "-a", "a/$edgeAgent", "a\n", "é", "a/$edgehub"})
    void refusesWhatIsNoIdentity(String path) {
        assertThat(Identity.parse(path)).isEmpty();
    }

    @Test
    void limitsTheLength() {
        assertThat(Identity.parse("d".repeat(128) + "/" + "m".repeat(128))).isPresent();
        assertThat(Identity.parse("d".repeat(129))).isEmpty();
        assertThat(Identity.parse("d/" + "m".repeat(129))).isEmpty();
    }

    @Property
    void isTotal(@ForAll String text) {
        Identity.parse(text).ifPresent(identity -> assertThat(identity.path()).isEqualTo(text));
    }
}
