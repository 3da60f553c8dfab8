package dev.selvedge.hub.amqp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static dev.selvedge.hub.RunningHub.FILTER;
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
        var bytes = ByteBuffer.wrap(batch.toByteArray());

        assertThat(Sections.body(Sections.next(bytes))).asString().isEqualTo("one");
        assertThat(Sections.body(Sections.next(bytes))).asString().isEqualTo("two");
        assertThat(Sections.next(bytes)).isNull();
    }

    /** C's SDK writes the annotations of its security messages after the properties. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sectionsMayHaveAnyOrder(boolean inABatch) throws Exception {
        var message = new ByteArrayOutputStream();
        for (var section : List.of(
                section(m -> m.setContentType("text/plain")),
                section(m -> m.setApplicationProperties(new ApplicationProperties(Map.of("a", "b")))),
                section(m -> m.setMessageAnnotations(
                        new MessageAnnotations(Map.of(Symbol.valueOf("iothub-interface-id"), "x")))),
                section(m -> m.setBody(new Data(new Binary(new byte[] {7})))))) {
            message.writeBytes(section);
        }

        var read = inABatch
                ? Sections.next(ByteBuffer.wrap(Sections.encode(data(message.toByteArray()))))
                : Sections.decode(message.toByteArray());

        assertThat(Telemetry.received(FILTER, read))
                .usingRecursiveComparison()
                .isEqualTo(new dev.selvedge.hub.message.Message(
                        FILTER,
                        null,
                        Map.of("contentType", "text/plain", "iothub-interface-id", "x"),
                        Map.of("a", "b"),
                        new byte[] {7}));
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
            assertThatThrownBy(() -> new Incoming(FILTER, deepest, batch).next())
                    .isInstanceOf(AmqpException.class)
                    .hasMessageContaining("nested too deep");
        }
    }

    /** Whatever the bytes are, they are a message or refused as one. */
    @Property(tries = 10_000)
    void anyBytesAreAMessageOrRefused(@ForAll byte[] bytes, @ForAll boolean batch) {
        try {
            new Incoming(FILTER, bytes, batch).next();
        } catch (AmqpException e) {
            assertThat((Object) e.condition().getCondition()).isEqualTo(AmqpException.DECODE);
        }
    }

    private static Message data(byte[] bytes) {
        var message = Message.Factory.create();
        message.setBody(new Data(new Binary(bytes)));
        return message;
    }

    private static byte[] section(Consumer<Message> only) {
        var message = Message.Factory.create();
        only.accept(message);
        return Sections.encode(message);
    }

    private static Message value(Object value) {
        var message = Message.Factory.create();
        message.setBody(new AmqpValue(value));
        return message;
    }
}
