package dev.selvedge.hub.message;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PercentTest {
    @Property
    void decodesWhatItEncoded(@ForAll @net.jqwik.api.constraints.CharRange(from = 0, to = 0xd7ff) String text) {
        var encoded = Percent.encode(text);

        assertThat(encoded).matches("[A-Za-z0-9._~%-]*");
        assertThat(Percent.decode(encoded)).isEqualTo(text);
        assertThat(Percent.decodeLeniently(encoded)).isEqualTo(text);
    }

    @Test
    void encodesAsTheSdksDo() {
        assertThat(Percent.encode("a b+c/$.on=ü")).isEqualTo("a%20b%2Bc%2F%24.on%3D%C3%BC");
    }

    @Test
    void leavesRawCharactersAsTheyAre() {
        assertThat(Percent.decode("$.on%20+ü")).isEqualTo("$.on +ü");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "a%zz", "%C3", "%FF%FE", "%\u0661\u0661"})
    void refusesBrokenEscapes(String text) {
        assertThatThrownBy(() -> Percent.decode(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "45%, 45%",
        "100%4, 100%4",
        "a%zz%20, 'a%zz '",
        "%C3, %C3",
        "%ff%FEa%c3%bc%C3, %ff%FEaü%C3",
        "%E2%82%28, %E2%82(",
        "%25$1\\, '%$1\\'"
    })
    void leavesBrokenEscapesWhereAskedTo(String text, String decoded) {
        assertThat(Percent.decodeLeniently(text)).isEqualTo(decoded);
    }
}
