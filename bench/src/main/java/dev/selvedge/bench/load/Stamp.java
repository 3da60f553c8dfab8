package dev.selvedge.bench.load;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** What the first 20 bytes of every payload say: who sent it, its number, counted from 1 for each source, and when. */
final class Stamp {
    static final int BYTES = 20;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
            .withInvokeExactBehavior();

    private Stamp() {}

    static void write(byte[] to, int at, int source, long number, long nanos) {
        INT.set(to, at, source);
        LONG.set(to, at + 4, number);
        LONG.set(to, at + 12, nanos);
    }

    static int source(byte[] from, int at) {
        return (int) INT.get(from, at);
    }

    static long number(byte[] from, int at) {
        return (long) LONG.get(from, at + 4);
    }

    static long nanos(byte[] from, int at) {
        return (long) LONG.get(from, at + 12);
    }
}
