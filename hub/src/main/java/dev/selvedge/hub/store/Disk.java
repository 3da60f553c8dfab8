package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The few things the store asks of a file system; tests put one here that fails on demand. */
interface Disk {
    /** Opens a file for reading and writing, making it if it is not there. */
    Handle open(Path file) throws IOException;

    void createDirectories(Path folder) throws IOException;

    /** Names in a folder, sorted. */
    List<String> list(Path folder) throws IOException;

    void delete(Path file) throws IOException;

    /** Replaces {@code to} atomically. */
    void move(Path from, Path to) throws IOException;

    /** Makes creations, moves and deletions in a folder durable. */
    void syncFolder(Path folder) throws IOException;

    long usableBytes(Path folder) throws IOException;

    /** An open file. */
    interface Handle extends AutoCloseable {
        long size() throws IOException;

        /** Writes all remaining bytes at a position. */
        void write(ByteBuffer bytes, long position) throws IOException;

        /** Reads until the buffer is full or the file ends. */
        void read(ByteBuffer into, long position) throws IOException;

        /** {@code fdatasync}. */
        void force() throws IOException;

        void truncate(long size) throws IOException;

        @Override
        void close() throws IOException;
    }
}
