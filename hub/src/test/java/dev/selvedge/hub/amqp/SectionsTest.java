package dev.selvedge.hub.amqp;

import java.io.ByteArrayOutputStream;
import java.util.List;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SectionsTest {
    @Test
    void takesABatchApart() throws Exception {
        var batch = new ByteArrayOutputStream();
        for (var text : List.of("one", "two")) {
            batch.writeBytes(Sections.encode(data(Sections.encode(data(text.getBytes(UTF_8))))));
        }

        var messages = Sections.decode(batch.toByteArray(), true);

        assertThat(messages).hasSize(2);
        assertThat(Sections.body(messages.getFirst())).asString().isEqualTo("one");
        assertThat(Sections.body(messages.getLast())).asString().isEqualTo("two");
    }

    @Test
    void aBatchHasNotManyMessages() throws Exception {
        assertThat(Sections.decode(GreedyClientTest.batchOf(Sections.MAX_BATCH), true))
                .hasSize(Sections.MAX_BATCH);
        assertThatThrownBy(() -> Sections.decode(GreedyClientTest.batchOf(Sections.MAX_BATCH + 1), true))
                .hasMessage("a batch of more than " + Sections.MAX_BATCH + " messages");
    }

    @Test
    void aBodyIsBytesOrAText() throws Exception {
        assertThat(Sections.body(Message.Factory.create())).isEmpty();
        assertThat(Sections.body(value("text"))).asString().isEqualTo("text");
        assertThat(Sections.body(value(new Binary(new byte[] {1, 2, 3}, 1, 1)))).containsExactly(2);
        assertThatThrownBy(() -> Sections.body(value(5))).isInstanceOf(AmqpException.class);
    }

    @Test
    void encodesMessagesOfAnySize() throws Exception {
        var large = value("x".repeat(100_000));

        assertThat(Sections.body(Sections.decode(Sections.encode(large)))).hasSize(100_000);
    }

    @Test
    void whatIsTooDeepToBeReadIsNoMessage() {
        var deepest = new byte[1024 * 1024];
        for (var batch : new boolean[] {false, true}) {
            assertThatThrownBy(() -> Sections.decode(deepest, batch))
                    .isInstanceOf(AmqpException.class)
                    .hasMessageContaining("nested too deep");
        }
    }

    /** Whatever the bytes are, they are a message or refused as one. */
    @Property(tries = 10_000)
    void anyBytesAreAMessageOrRefused(@ForAll byte[] bytes, @ForAll boolean batch) {
        try {
            for (var message : Sections.decode(bytes, batch)) {
                Sections.body(message);
            }
        } catch (AmqpException e) {
            assertThat((Object) e.condition().getCondition()).isEqualTo(AmqpException.DECODE);
        }
    }

    private static Message data(byte[] bytes) {
        var message = Message.Factory.create();
        message.setBody(new Data(new Binary(bytes)));
        return message;
    }

    private static Message value(Object value) {
        var message = Message.Factory.create();
        message.setBody(new AmqpValue(value));
        return message;
    }
}
