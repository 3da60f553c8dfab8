package dev.selvedge.hub.security;

import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SasTokenTest {
    private static final String KEY = "bW9kdWxlLWtleS1vZi1zaXh0ZWVuLWJ5dGVz";

    @Test
    void readsFieldsInAnyOrder() throws TokenException {
        var resource = "hub%2Fdevices%2Fd%2Fmodules%2Fm";
        var signature = Tokens.signature(resource, KEY, "1900000000");

        var token = SasToken.parse("SharedAccessSignature sig=" + signature + "&se=1900000000&skn=&sr=" + resource);

        assertThat(token.audience()).isEqualTo(new Audience("hub", "d", "m"));
        assertThat(token.expiry()).isEqualTo(Instant.ofEpochSecond(1_900_000_000));
        assertThat(token.signedWith(KEY)).isTrue();
        assertThat(token.signedWith("AAAA")).isFalse();
    }

    @Test
    void verifiesTheTextAsReceived() throws TokenException {
        var lower = "hub%2fdevices%2fd";
        var token = SasToken.parse("SharedAccessSignature sr=" + lower + "&sig="
                + Tokens.signature(lower, KEY, "1900000000") + "&se=1900000000");

        assertThat(token.signedWith(KEY)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SharedAccessSignature                             | no 'SharedAccessSignature",
                "sharedaccesssignature sr=a&sig=b&se=1              | no 'SharedAccessSignature",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=YQ    | no 'se'",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&se=1      | no 'sig'",
                "SharedAccessSignature sig=YQ&se=1                  | no 'sr'",
                "SharedAccessSignature sr=h&sig=YQ&se=1             | no {host}",
                "SharedAccessSignature sr=h%2Fthings%2Fd&sig=YQ&se=1 | no {host}",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=*&se=1 | not base64",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=YQ&se=soon | seconds since 1970",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=YQ&se=-1 | seconds since 1970",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=YQ&se=99999999999999 | seconds since 1970",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=YQ&se=1&se=2 | twice",
                "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=YQ&se=1&x | no name or no value",
            })
    void saysWhatIsWrong(String text, String reason) {
        assertThatThrownBy(() -> SasToken.parse(text))
                .isInstanceOf(TokenException.class)
                .hasMessageContaining(reason.strip());
    }
}
