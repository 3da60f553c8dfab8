package dev.selvedge.hub.security;

import dev.selvedge.hub.Mutations;
import dev.selvedge.hub.method.MethodException;
import dev.selvedge.hub.method.MethodRequest;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Whatever a client says of itself, or asks of a method, is understood or refused. */
class SecurityFuzzTest {
    @Test
    void tokens() {
        Mutations.ofTexts(
                        "SharedAccessSignature sr=hub%2Fdevices%2Fd%2Fmodules%2Fm&sig=AAAA%2BB%3D%3D&se=1893456000",
                        "SharedAccessSignature sig=AAAA&se=1893456000&sr=hub%2Fdevices%2Fd&skn=")
                .feed(input -> {
                    try {
                        SasToken.parse(new String(input, UTF_8));
                    } catch (TokenException _) {
                        // refused
                    }
                });
    }

    @Test
    void userNames() {
        Mutations.ofTexts("hub/d/m/?api-version=2021-04-12&DeviceClientType=a%2Fb", "hub/d/api-version=2018")
                .feed(input -> {
                    try {
                        MqttUsername.parse(new String(input, UTF_8));
                    } catch (IllegalArgumentException _) {
                        // refused
                    }
                });
    }

    @Test
    void methodRequests() {
        Mutations.ofTexts(
                        "{\"methodName\":\"reset\",\"payload\":{\"a\":[1,null,\"x\"]},\"responseTimeoutInSeconds\":30,\"connectTimeoutInSeconds\":5}",
                        "{\"MethodName\":\"m\",\"payload\":null}")
                .feed(input -> {
                    try {
                        MethodRequest.parse(input);
                    } catch (MethodException _) {
                        // refused
                    }
                });
    }
}
