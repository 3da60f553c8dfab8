package dev.selvedge.hub.amqp;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

import dev.selvedge.hub.Mutations;
import dev.selvedge.hub.RunningHub;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.message.Message;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Whatever a client sends as a message or an address is understood or refused. */
class AmqpFuzzTest {
    @Test
    void messages() {
        var telemetry = telemetry();
        var batch = Message.Factory.create();
        batch.setBody(new Data(new Binary(telemetry)));
        var token = Message.Factory.create();
        token.setBody(new AmqpValue("SharedAccessSignature sr=a&sig=b&se=1"));
        token.setMessageId(UUID.randomUUID());
        Mutations.of(telemetry, Sections.encode(batch), Sections.encode(token)).feed(AmqpFuzzTest::decode);
    }

    private static void decode(byte[] input) {
        for (var isBatch : new boolean[] {false, true}) {
            try {
                new Incoming(RunningHub.FILTER, input, isBatch).next();
                var message = Sections.decode(input);
                Sections.annotation(message, "operation");
                Sections.property(message, "IoThub-status");
            } catch (AmqpException _) {
                // refused
            }
        }
    }

    @Test
    void addresses() {
        Mutations.ofTexts("$cbs", "/devices/d/modules/m/messages/events", "amqps://host/devices/d%3A/modules/m/twin")
                .feed(input -> LinkAddress.parse(new String(input, UTF_8)));
    }

    private static byte[] telemetry() {
        var message = Message.Factory.create();
        var properties = new HashMap<String, Object>();
        properties.put("iothub-outputname", "out1");
        properties.put("number", 7);
        properties.put("text", "grün");
        message.setApplicationProperties(new ApplicationProperties(properties));
        message.setMessageAnnotations(new MessageAnnotations(
                new HashMap<>(Map.of(Symbol.valueOf("operation"), "GET", Symbol.valueOf("dt-subject"), "s"))));
        message.setMessageId("id");
        message.setCorrelationId(UUID.randomUUID());
        message.setContentType("application/json");
        message.setUserId(new byte[] {1, 2});
        message.setBody(new Data(new Binary("{\"a\":1}".getBytes(UTF_8))));
        return Sections.encode(message);
    }
}
