package dev.selvedge.route;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Tells whether bytes are ASCII, eight at a time: every body is asked. */
final class Ascii {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101010101010101L;
    private static final long SIGNS = 0x8080808080808080L;

    private Ascii() {}

    /** Whether all are ASCII and none is NUL. */
    static boolean isText(byte[] bytes) {
        var at = 0;
        for (; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
            var eight = (long) EIGHT.get(bytes, at);
            if (((eight | (eight - ONES)) & SIGNS) != 0) {
                return false;
            }
        }
        while (at < bytes.length && bytes[at] > 0) {
            at++;
        }
        return at == bytes.length;
    }
}
