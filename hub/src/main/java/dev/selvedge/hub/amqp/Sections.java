package dev.selvedge.hub.amqp;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** Messages as bytes, and what is in their sections. Pure. */
final class Sections {
    /** Message format of a batch: data sections, each of which holds a message. */
    static final int BATCH = 0x80013700;

    /** Most messages of a batch, four times as many as IoT Hub takes: more would take many times the memory of the bytes that say them. */
    static final int MAX_BATCH = 2000;

    private static final int OVERHEAD = 1024;

    private Sections() {}

    /** Reads a message; throws AmqpException when the bytes are none. */
    static Message decode(byte[] bytes) throws AmqpException {
        try {
            var message = Message.Factory.create();
            message.decode(bytes, 0, bytes.length);
            return message;
        } catch (RuntimeException e) {
            throw new AmqpException(AmqpException.DECODE, "the message cannot be decoded: " + e.getMessage());
        } catch (StackOverflowError _) {
            // the decoder keeps nothing of it but the buffer, which the next message replaces
            throw new AmqpException(AmqpException.DECODE, "the message is nested too deep");
        }
    }

    /** Reads the messages of a delivery: one, or those of a batch. */
    static List<Message> decode(byte[] bytes, boolean batch) throws AmqpException {
        if (!batch) {
            return List.of(decode(bytes));
        }
        var messages = new ArrayList<Message>();
        for (var data : dataSections(bytes)) {
            messages.add(decode(data));
        }
        return messages;
    }

    private static List<byte[]> dataSections(byte[] bytes) throws AmqpException {
        var decoder = new DecoderImpl();
        AMQPDefinedTypes.registerAllTypes(decoder, new EncoderImpl(decoder));
        var buffer = ByteBuffer.wrap(bytes);
        decoder.setByteBuffer(buffer);
        var sections = new ArrayList<byte[]>();
        try {
            while (buffer.hasRemaining()) {
                if (decoder.readObject() instanceof Data data) {
                    if (sections.size() == MAX_BATCH) {
                        throw new AmqpException(
                                AmqpException.NOT_ALLOWED, "a batch of more than " + MAX_BATCH + " messages");
                    }
                    sections.add(bytes(data.getValue()));
                }
            }
        } catch (RuntimeException e) {
            throw new AmqpException(AmqpException.DECODE, "the batch cannot be decoded: " + e.getMessage());
        } catch (StackOverflowError _) {
            throw new AmqpException(AmqpException.DECODE, "the batch is nested too deep");
        }
        return sections;
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
