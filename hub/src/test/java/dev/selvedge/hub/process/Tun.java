package dev.selvedge.hub.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/**
 * A network device of Linux whose wire is this program: it reads the packets that the kernel sends, and those that it writes are received. Made in
 * the network namespace of the process, and gone with it. One thread may read while another one writes.
 */
final class Tun {
    private static final int LARGEST_PACKET = 1 << 16;
    private static final int READ_AND_WRITE = 2;
    private static final long SET_INTERFACE = 0x400454caL;
    /** A tun device whose packets carry no information of its own. */
    private static final short PLAIN_TUN = 0x1001;

    private static final int NAME_BYTES = 16;
    private static final int REQUEST_BYTES = 40;

    private static final MethodHandle OPEN =
            system("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle IOCTL = system(
            "ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle READ =
            system("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITE =
            system("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private final int descriptor;
    private final MemorySegment received = Arena.global().allocate(LARGEST_PACKET);
    private final MemorySegment sent = Arena.global().allocate(LARGEST_PACKET);

    Tun(String name) throws IOException {
        try (var arena = Arena.ofConfined()) {
            descriptor = (int) OPEN.invokeExact(arena.allocateFrom("/dev/net/tun"), READ_AND_WRITE);
            var request = arena.allocate(REQUEST_BYTES);
            request.setString(0, name);
            request.set(JAVA_SHORT, NAME_BYTES, PLAIN_TUN);
            if (descriptor < 0 || (int) IOCTL.invokeExact(descriptor, SET_INTERFACE, request) < 0) {
                throw new IOException("no tun device " + name + ": it needs /dev/net/tun and root in its namespace");
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    /** Waits for a packet. */
    byte[] read() throws IOException {
        try {
            var size = (long) READ.invokeExact(descriptor, received, (long) LARGEST_PACKET);
            if (size < 0) {
                throw new IOException("the tun device cannot be read");
            }
            return received.asSlice(0, size).toArray(JAVA_BYTE);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    /** A packet that the kernel does not want is lost, as on any wire. */
    void write(byte[] packet) throws IOException {
        MemorySegment.copy(packet, 0, sent, JAVA_BYTE, 0, packet.length);
        try {
            var _ = (long) WRITE.invokeExact(descriptor, sent, (long) packet.length);
        } catch (Throwable e) {
            throw new IOException(e);
        }
    }

    private static MethodHandle system(String name, FunctionDescriptor shape, Linker.Option... options) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), shape, options);
    }
}
