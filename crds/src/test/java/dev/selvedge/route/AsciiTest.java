package dev.selvedge.route;

import java.util.Arrays;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

class AsciiTest {
    @Property
    void isTextUntilOneByteIsNot(
            @ForAll @CharRange(from = 1, to = 127) @StringLength(max = 40) String text, @ForAll byte other) {
        var bytes = text.getBytes(US_ASCII);
        assertThat(Ascii.isText(bytes)).isTrue();
        for (int i = 0; i < bytes.length; i++) {
            var changed = Arrays.copyOf(bytes, bytes.length);
            changed[i] = other;
            assertThat(Ascii.isText(changed)).isEqualTo(other > 0);
        }
    }
}
