package dev.selvedge.hub.method;

import java.time.Duration;

import dev.selvedge.hub.method.MethodException.Cause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MethodRequestTest {
    @Test
    void readsNamesInAnyCaseAndKeepsThePayloadAsItIs() throws Exception {
        var request = parse("""
                {"MethodName":"reset","payload":{"b":[1,null],"a":"ü"},"responsetimeoutinseconds":7,"connectTimeoutInSeconds":3}""");

        assertThat(request.name()).isEqualTo("reset");
        assertThat(request.payload()).asString(UTF_8).isEqualTo("{\"b\":[1,null],\"a\":\"ü\"}");
        assertThat(request.response()).isEqualTo(Duration.ofSeconds(7));
        assertThat(request.connect()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void defaultsAreThoseOfIotEdge() throws Exception {
        var request = parse("{\"methodName\":\"reset\"}");

        assertThat(request.payload()).isEmpty();
        assertThat(request.connect()).isZero();
        assertThat(request.response()).isEqualTo(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ | no JSON",
                "[] | no JSON object",
                "{} | 'methodName' is missing",
                "{\"methodName\":\" \"} | 'methodName' is missing",
                "{\"methodName\":5} | 'methodName' is missing",
                "{\"methodName\":\"m\",\"responseTimeoutInSeconds\":4} | must be 5 to 300 seconds",
                "{\"methodName\":\"m\",\"responseTimeoutInSeconds\":301} | must be 5 to 300 seconds",
                "{\"methodName\":\"m\",\"connectTimeoutInSeconds\":-1} | must be 0 to 300 seconds",
                "{\"methodName\":\"m\",\"connectTimeoutInSeconds\":\"x\"} | must be 0 to 300 seconds",
                "{\"methodName\":\"m\"}{} | no JSON"
            })
    void saysWhatIsWrong(String body, String message) {
        assertThatThrownBy(() -> parse(body)).isInstanceOfSatisfying(MethodException.class, invalid -> {
            assertThat(invalid.why()).isEqualTo(Cause.INVALID);
            assertThat(invalid).hasMessageContaining(message);
        });
    }

    @Test
    void limitsNameAndPayload() throws Exception {
        assertThat(parse("{\"methodName\":\"" + "m".repeat(100) + "\"}").name()).hasSize(100);
        assertThatThrownBy(() -> parse("{\"methodName\":\"" + "m".repeat(101) + "\"}"))
                .hasMessageContaining("at most 100");
        var largest = "\"" + "x".repeat(MethodRequest.MAX_PAYLOAD - 2) + "\"";
        assertThat(parse("{\"methodName\":\"m\",\"payload\":" + largest + "}").payload())
                .hasSize(MethodRequest.MAX_PAYLOAD);
        assertThatThrownBy(() -> parse("{\"methodName\":\"m\",\"payload\":[" + largest + "]}"))
                .hasMessageContaining("at most " + MethodRequest.MAX_PAYLOAD);
    }

    private static MethodRequest parse(String body) throws MethodException {
        return MethodRequest.parse(body.getBytes(UTF_8));
    }
}
