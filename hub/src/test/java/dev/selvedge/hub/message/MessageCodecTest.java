package dev.selvedge.hub.message;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

import dev.selvedge.identity.Identity;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

class MessageCodecTest {
    @Property
    void readsBackWhatItWrote(
            @ForAll byte[] body,
            @ForAll Map<Short, Integer> properties,
            @ForAll boolean hasOutput,
            @ForAll boolean module) {
        var texts = new java.util.LinkedHashMap<String, String>();
        properties.forEach((key, value) -> texts.put("k" + key, "wért " + value));
        var sender = module ? Identity.module("edge-1", "m") : Identity.device("leaf");
        var message = new Message(sender, hasOutput ? "out" : null, Map.of("messageId", "7"), texts, body);

        var read = MessageCodec.decode(MessageCodec.encode(message));

        assertThat(read).usingRecursiveComparison().isEqualTo(message);
        assertThat(read.properties().keySet()).containsExactlyElementsOf(texts.keySet());
    }

    @Property
    void noiseIsRefusedInWords(@ForAll byte[] noise) {
        assertThat(catchThrowable(() -> MessageCodec.decode(noise))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyCutIsNoticed() {
        var bytes = MessageCodec.encode(new Message(
                Identity.module("d", "m"),
                "o",
                Map.of("a", "b"),
                Map.of("c", "d"),
                "body".getBytes(StandardCharsets.UTF_8)));
        for (int length = 0; length < bytes.length; length++) {
            var cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> MessageCodec.decode(cut)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
