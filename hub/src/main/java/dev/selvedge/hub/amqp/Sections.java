package dev.selvedge.hub.amqp;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.DeliveryAnnotations;
import org.apache.qpid.proton.amqp.messaging.Footer;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Properties;
import org.apache.qpid.proton.amqp.messaging.Section;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** Messages as bytes, and what is in their sections. Pure. */
final class Sections {
    /** Message format of a batch: data sections, each of which holds a message. */
    static final int BATCH = 0x80013700;

    private static final ThreadLocal<Decoder> DECODER = ThreadLocal.withInitial(Decoder::new);

    private static final int OVERHEAD = 1024;

    private Sections() {}

    /** Reads a message, whose sections may have any order, as C's SDK has them; throws AmqpException when the bytes are none. */
    static Message decode(byte[] bytes) throws AmqpException {
        return decode(ByteBuffer.wrap(bytes));
    }

    /** As above, of all that remains. */
    static Message decode(ByteBuffer bytes) throws AmqpException {
        var message = Message.Factory.create();
        while (bytes.hasRemaining()) {
            switch (next(bytes, "message")) {
                case Header header -> message.setHeader(header);
                case DeliveryAnnotations annotations -> message.setDeliveryAnnotations(annotations);
                case MessageAnnotations annotations -> message.setMessageAnnotations(annotations);
                case Properties properties -> message.setProperties(properties);
                case ApplicationProperties properties -> message.setApplicationProperties(properties);
                case Footer footer -> message.setFooter(footer);
                case Section body -> {
                    if (message.getBody() == null) {
                        message.setBody(body);
                    }
                }
                case null, default ->
                    throw new AmqpException(AmqpException.DECODE, "the message has something that is no section");
            }
        }
        return message;
    }

    /** Reads on in a batch: its next message, or null when there is none. */
    static @Nullable Message next(ByteBuffer batch) throws AmqpException {
        while (batch.hasRemaining()) {
            if (next(batch, "batch") instanceof Data data) {
                return decode(bytes(data.getValue()));
            }
        }
        return null;
    }

    private static @Nullable Object next(ByteBuffer buffer, String what) throws AmqpException {
        var decoder = DECODER.get();
        decoder.setByteBuffer(buffer);
        try {
            return decoder.readObject();
        } catch (RuntimeException e) {
            throw new AmqpException(AmqpException.DECODE, "the " + what + " cannot be decoded: " + e.getMessage());
        } catch (StackOverflowError _) {
            throw new AmqpException(AmqpException.DECODE, "the " + what + " is nested too deep");
        } finally {
            decoder.setByteBuffer(null);
        }
    }

    static byte[] encode(Message message) {
        var size = OVERHEAD
                + (message.getBody() instanceof Data data ? data.getValue().getLength() : 0);
        while (true) {
            var bytes = new byte[size];
            try {
                return Arrays.copyOf(bytes, message.encode(bytes, 0, size));
            } catch (BufferOverflowException _) {
                size *= 2;
            }
        }
    }

    /** The bytes of a message's body: of a data section, or of a value that is bytes or a text. */
    static byte[] body(Message message) throws AmqpException {
        return switch (message.getBody()) {
            case null -> new byte[0];
            case Data data -> bytes(data.getValue());
            case AmqpValue value ->
                switch (value.getValue()) {
                    case null -> new byte[0];
                    case Binary binary -> bytes(binary);
                    case String text -> text.getBytes(StandardCharsets.UTF_8);
                    default ->
                        throw new AmqpException(
                                AmqpException.DECODE, "the body is a value that is neither bytes nor a text");
                };
            default -> throw new AmqpException(AmqpException.DECODE, "the body is a sequence");
        };
    }

    /** An annotation of a message, or null. */
    static @Nullable Object annotation(Message message, String name) {
        MessageAnnotations annotations = message.getMessageAnnotations();
        return annotations == null || annotations.getValue() == null
                ? null
                : annotations.getValue().get(Symbol.valueOf(name));
    }

    /** An application property of a message, or null. */
    static @Nullable Object property(Message message, String name) {
        var properties = message.getApplicationProperties();
        return properties == null || properties.getValue() == null
                ? null
                : properties.getValue().get(name);
    }

    private static byte[] bytes(@Nullable Binary binary) {
        if (binary == null) {
            return new byte[0];
        }
        var bytes = new byte[binary.getLength()];
        System.arraycopy(binary.getArray(), binary.getArrayOffset(), bytes, 0, bytes.length);
        return bytes;
    }
}
