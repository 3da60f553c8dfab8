package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads around bad sectors: their bytes are all ones, which is no record, so they are stepped over and counted as any damage is. Zeros would say
 * that they were never written.
 */
final class Sectors {
    private static final Logger LOG = LoggerFactory.getLogger(Sectors.class);
    private static final int BYTES = 4096;

    private Sectors() {}

    /** As {@link Disk.Handle#read}; fails only when the file is closed. */
    static void read(Disk.Handle handle, ByteBuffer into, long position) throws IOException {
        var start = into.position();
        try {
            handle.read(into, position);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            LOG.error(
                    "a part of the store cannot be read, what can be is: {} bytes at {}",
                    into.limit() - start,
                    position,
                    e);
            readEach(handle, into.position(start), position);
        }
    }

    private static void readEach(Disk.Handle handle, ByteBuffer into, long position) throws IOException {
        var limit = into.limit();
        for (var at = position; into.position() < limit; ) {
            var length = (int) Math.min(limit - into.position(), BYTES - at % BYTES);
            into.limit(into.position() + length);
            readOne(handle, into, at);
            at += length;
        }
        into.limit(limit);
    }

    private static void readOne(Disk.Handle handle, ByteBuffer into, long position) throws IOException {
        try {
            handle.read(into, position);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException _) {
            // told once for the whole read
        }
        while (into.hasRemaining()) {
            into.put((byte) 0xFF);
        }
    }
}
