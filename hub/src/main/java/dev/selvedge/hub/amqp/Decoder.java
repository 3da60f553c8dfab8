package dev.selvedge.hub.amqp;

import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.DescribedTypeConstructor;
import org.apache.qpid.proton.codec.EncoderImpl;

/** Reads AMQP's types, and is as large after what a client sent as before: Proton's own keeps every descriptor that it does not know. One thread. */
final class Decoder extends DecoderImpl {
    private final boolean complete;

    Decoder() {
        AMQPDefinedTypes.registerAllTypes(this, new EncoderImpl(this));
        complete = true;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void register(Object descriptor, DescribedTypeConstructor constructor) {
        if (!complete) {
            super.register(descriptor, constructor);
        }
    }
}
