package dev.selvedge.identity;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ConnectionStringTest {
    private static final String KEY = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";
    private static final ConnectionString MODULE =
            new ConnectionString("edgehub--edge-1.site.svc", new Identity("edge-1", "sensor"), KEY);

    @Test
    void readsWhatItWrote() {
        var device = new ConnectionString("localhost", new Identity("leaf", null), KEY);

        assertThat(ConnectionString.parse(MODULE.text())).isEqualTo(MODULE);
        assertThat(ConnectionString.parse(device.text())).isEqualTo(device);
    }

    @Test
    void signsAsTheSdksDo() {
        assertThat(MODULE.userName()).isEqualTo("edgehub--edge-1.site.svc/edge-1/sensor/?api-version=2021-04-12");
        // computed with: printf '%s\n%s' sr se | openssl dgst -sha256 -hmac 'secret secret secret' -binary | base64
        assertThat(MODULE.token(Instant.ofEpochSecond(1_800_000_000)))
                .isEqualTo("SharedAccessSignature sr=edgehub--edge-1.site.svc%2Fdevices%2Fedge-1%2Fmodules%2Fsensor"
                        + "&sig=3iod%2Fm1Ny0sqBH96A6Vy4YqqNdn92DQ%2BXPFMu7NGvv4%3D&se=1800000000");
    }

    @ParameterizedTest
    @CsvSource({
        "DeviceId=d;SharedAccessKey=a,GatewayHostName",
        "GatewayHostName=g;SharedAccessKey=a,DeviceId",
        "GatewayHostName=g;DeviceId=d;SharedAccessKey=,SharedAccessKey",
        "nonsense,a field"
    })
    void namesTheFieldThatIsMissing(String text, String missing) {
        assertThatThrownBy(() -> ConnectionString.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(missing);
    }

    @Test
    void hidesTheKey() {
        assertThat(MODULE.toString()).doesNotContain(KEY);
    }
}
